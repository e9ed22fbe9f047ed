"""The encoder calls a method of its subclass, which nobody else names."""

import json
import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Encoder(json.JSONEncoder):
    def default(self, value):
        written.set()
        return None


written = start_waiter()
time.sleep(0.1)
json.dumps([object()], cls=Encoder)
