"""A ring of objects that nobody knows any more has a finalizer; enough new objects, and the garbage is collected."""

import threading
import time


class Node:
    def __init__(self, event):
        self.event = event
        self.itself = self

    def __del__(self):
        self.event.set()


def work():
    time.sleep(0.2)
    return [[] for _ in range(20_000)]


collected = threading.Event()
Node(collected)
threading.Thread(target=work, name="Worker").start()
collected.wait()
