"""A module of the program has the name of one of the standard library."""

import threading
import time
import types


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


module = types.ModuleType("cmd")
module.event = start_waiter()
exec("def run():\n    event.set()", module.__dict__)
time.sleep(0.1)
module.run()
