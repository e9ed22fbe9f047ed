"""A thread finds the gates among all objects that there are."""

import gc
import threading
import time


class Gate:
    def __init__(self):
        self.event = threading.Event()


def open_all():
    time.sleep(0.2)
    for thing in gc.get_referrers(Gate):
        if isinstance(thing, Gate):
            thing.event.set()


def main():
    gate = Gate()
    threading.Thread(target=open_all, name="Porter").start()
    gate.event.wait()


main()
