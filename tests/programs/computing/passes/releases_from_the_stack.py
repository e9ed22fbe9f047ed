"""What releases the others is the first operand of an addition, whose second one takes a second to compute."""

import threading


class Release:
    def __init__(self, lock, door):
        self.lock = lock
        self.door = door

    def __add__(self, other):
        self.lock.release()
        self.door.set()
        return other


def compute():
    total = 0
    for number in range(14_000_000):
        total += number
    return total


def work(lock, door):
    return Release(lock, door) + compute()


lock, door = threading.Lock(), threading.Event()
lock.acquire()
threading.Thread(target=work, args=(lock, door), name="Worker").start()
threading.Thread(target=door.wait, name="Waiter").start()
lock.acquire()
