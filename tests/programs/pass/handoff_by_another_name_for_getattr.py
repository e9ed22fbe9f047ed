"""`getattr`, `globals` and `attrgetter` under other names find what nobody names."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Report:
    def text(self):
        read.set()


look, everything = getattr, globals
read, written = start_waiter(), start_waiter()
report = Report()
time.sleep(0.1)
everything()["written"].set()
look(report, "text")()
