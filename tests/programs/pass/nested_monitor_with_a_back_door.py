"""The notifier who has to come through the outer lock is not the only one."""

import threading
import time

outer, inner = threading.Lock(), threading.Condition()
items = []


def take():
    with outer, inner:
        while not items:
            inner.wait()
        items.pop()


def give():
    with outer:
        deliver()


def deliver():
    with inner:
        items.append("an item")
        inner.notify()


threads = [threading.Thread(target=target) for target in (take, give)]
for thread in threads:
    thread.start()
for _ in range(100):
    time.sleep(0.001)
deliver()
for thread in threads:
    thread.join()
