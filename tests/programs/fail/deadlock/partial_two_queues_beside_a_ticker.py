"""Two stages wait for each other's first item through queues of their own, while the main thread ticks."""

# threads: Ping, Pong
# objects: forth.not_empty, back.not_empty

import queue
import threading
import time


def pump(source, target):
    target.put(source.get())


def start():
    forth, back = queue.Queue(), queue.Queue()
    threading.Thread(target=pump, args=(back, forth), name="Ping").start()
    threading.Thread(target=pump, args=(forth, back), name="Pong").start()


def tick():
    while True:
        time.sleep(1)


start()
tick()
