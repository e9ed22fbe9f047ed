"""The `finally` of a generator that is a context manager sets the event."""

import threading
import time
from contextlib import contextmanager


@contextmanager
def somebody_waiting():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    try:
        yield
    finally:
        event.set()


with somebody_waiting():
    time.sleep(0.2)
