"""Everybody waits, and the one who could let them go computes and does nothing that others can see."""

import threading


def work(lock, door):
    total = 0
    for number in range(20_000):
        total += number
    door.set()
    for number in range(20_000):
        total -= number
    lock.release()


lock, door = threading.Lock(), threading.Event()
lock.acquire()
worker = threading.Thread(target=work, args=(lock, door), name="Worker")
waiter = threading.Thread(target=door.wait, name="Waiter")
waiter.start()
worker.start()
lock.acquire()
waiter.join()
