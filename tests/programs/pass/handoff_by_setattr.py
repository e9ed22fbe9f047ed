"""The attribute that is set under a computed name is a property, and sets the event."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Report:
    def _set(self, text):
        written.set()

    text = property(None, _set)


written = start_waiter()
report = Report()
time.sleep(0.1)
setattr(report, "te" + "xt", "nothing new")
