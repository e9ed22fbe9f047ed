"""A pattern of `match` reads the property that sets the event."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Report:
    __match_args__ = ("text",)

    @property
    def text(self):
        read.set()
        return "nothing new"


read = start_waiter()
report = Report()
time.sleep(0.1)
match report:
    case Report("nothing new"):
        pass
