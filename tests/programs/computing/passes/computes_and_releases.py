"""Everybody waits for a thread that computes for a second and then lets them go."""

import threading
import time

clock = time.process_time
lock, door = threading.Lock(), threading.Event()


def work():
    total = 0
    for number in range(20_000_000):
        total += number
    door.set()
    lock.release()


lock.acquire()
threading.Thread(target=work, name="Worker").start()
threading.Thread(target=door.wait, name="Waiter").start()
lock.acquire()
