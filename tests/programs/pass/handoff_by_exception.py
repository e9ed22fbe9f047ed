"""The lock is an argument of the exception that the worker fails with, and catches further up."""

import threading
import time


class Cancelled(Exception):
    pass


def step(number, signal):
    time.sleep(0.002)
    if number == 99:
        raise Cancelled(number, signal)


def work(signal):
    try:
        for number in range(200):
            step(number, signal)
    except Cancelled as cancelled:
        cancelled.args[1].release()


done = threading.Lock()
done.acquire()
threading.Thread(target=work, args=(done,), name="Worker").start()
done.acquire()
