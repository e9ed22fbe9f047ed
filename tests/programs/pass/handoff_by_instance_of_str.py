"""The worker gets a name, which is an instance of a class derived from `str` and has the event as an attribute."""

import threading
import time


class Name(str):
    __slots__ = ("event",)


def work(name):
    time.sleep(0.2)
    name.event.set()


event = threading.Event()
name = Name("done")
name.event = event
waiter = threading.Thread(target=event.wait, name="Waiter")
del event
waiter.start()
worker = threading.Thread(target=work, args=(name,), name="Worker")
del name
worker.start()
time.sleep(0.1)
