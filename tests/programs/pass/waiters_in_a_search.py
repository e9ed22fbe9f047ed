"""A list that nobody else knows is searched, and the last comparison sets the event."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Element:
    def __init__(self, event=None):
        self.event = event

    def __eq__(self, other):
        if self.event:
            self.event.set()
        else:
            time.sleep(0.1)
        return False

    __hash__ = None


def elements():
    return [Element(), Element(start_waiter())]


assert 3 not in elements()
