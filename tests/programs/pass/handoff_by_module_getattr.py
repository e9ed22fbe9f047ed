"""A module that answers for all attributes sets the event; and one whose class has a property."""

import threading
import time
import types


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Lazy(types.ModuleType):
    @property
    def text(self):
        self.__dict__["event"].set()


def answer(name):
    module.event.set()


module, lazy = types.ModuleType("module"), Lazy("lazy")
module.__getattr__ = answer
module.event = start_waiter()
lazy.__dict__["event"] = start_waiter()
time.sleep(0.1)
module.anything
lazy.text
