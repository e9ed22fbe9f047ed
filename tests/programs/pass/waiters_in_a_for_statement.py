"""The events of those who wait are in a list that only the `for` statement knows."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait).start()
    return event


for event in [start_waiter() for _ in range(3)]:
    time.sleep(0.1)
    event.set()
