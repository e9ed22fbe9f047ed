"""Two threads join each other, while a third one takes a lock that nobody else wants, again and again."""

# threads: MainThread, Left, Right
# objects: Left, Right
# cycle: Left -> Right

import threading

lock = threading.Lock()
both_started = threading.Event()


def work(other):
    both_started.wait()
    threads[other].join()


def count():
    number = 0
    while True:
        with lock:
            number += 1


threads = {
    "Left": threading.Thread(target=work, args=("Right",), name="Left"),
    "Right": threading.Thread(target=work, args=("Left",), name="Right"),
}
threading.Thread(target=count, name="Counter").start()
for thread in threads.values():
    thread.start()
both_started.set()
threads["Left"].join()
