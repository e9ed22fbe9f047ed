"""Whoever sets the event does not exist yet: the main thread will make it when it has slept."""

import threading
import time


def waiters(count):
    event = threading.Event()
    for _ in range(count):
        threading.Thread(target=event.wait).start()
    return [event]


found = waiters(3)
time.sleep(0.2)
setter = threading.Thread(target=lambda: found[0].set(), name="Setter")
setter.start()
setter.join()
