"""Two threads wait for room in each other's box, while two others pass an item to and fro for ever."""

# threads: Anna, Bert
# objects: to_anna.not_full, to_bert.not_full

import queue
import threading


def correspond(outbox, inbox):
    for letter in range(2):
        outbox.put(letter)
    inbox.get()


def start():
    to_anna, to_bert = queue.Queue(maxsize=1), queue.Queue(maxsize=1)
    threading.Thread(target=correspond, args=(to_bert, to_anna), name="Anna").start()
    threading.Thread(target=correspond, args=(to_anna, to_bert), name="Bert").start()


def play(ball):
    while True:
        ball.put(ball.get())


start()
balls = queue.Queue()
balls.put("a ball")
threading.Thread(target=play, args=(balls,), name="Player").start()
play(balls)
