"""A module, a class and a function that a function has made go away with it, and what they keep too."""

import gc
import threading
import time
import types


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Session:
    def __init__(self, event):
        self.event = event

    def __del__(self):
        self.event.set()


def run():
    class Made:
        session = Session(start_waiter())

    module = types.ModuleType("made")
    module.session = Session(start_waiter())
    namespace = {"session": Session(start_waiter())}
    exec("def function(): pass", namespace)
    function = namespace["function"]  # noqa: F841
    del namespace
    time.sleep(0.1)


run()
gc.collect()
