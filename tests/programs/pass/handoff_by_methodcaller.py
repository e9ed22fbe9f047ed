"""Functions that are made of names call `release` of whatever they are given."""

import threading
import time
from operator import attrgetter, methodcaller


class Gate:
    def __init__(self):
        self.lock = threading.Lock()
        self.lock.acquire()


def work(gates):
    time.sleep(0.2)
    for lock in map(attrgetter("lock"), gates):
        methodcaller("release")(lock)


gates = (Gate(), Gate())
locks = tuple(gate.lock for gate in gates)
threading.Thread(target=work, args=(iter(gates),), name="Worker").start()
del gates
for lock in locks:
    lock.acquire()
