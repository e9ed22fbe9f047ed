"""While it is sorted a list is empty: the events are in nobody's hands but those of `sort`."""

import threading
import time


def slow_key(event):
    time.sleep(0.05)
    return 0


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait).start()
    return event


events = [start_waiter() for _ in range(3)]
events.sort(key=slow_key)
while events:
    events.pop().set()
