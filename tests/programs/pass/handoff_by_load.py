"""Unpickling from a file calls the function that sets the event."""

import io
import pickle
import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


def load():
    loaded.set()


class Stored:
    def __reduce__(self):
        return load, ()


file = io.BytesIO(pickle.dumps(Stored()))
loaded = start_waiter()
time.sleep(0.1)
pickle.load(file)
