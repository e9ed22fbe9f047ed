"""A list goes away: the finalizer of one element takes its time, that of the next sets the event."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Session:
    def __init__(self, event=None):
        self.event = event

    def __del__(self):
        if self.event:
            self.event.set()
        else:
            time.sleep(0.1)


def run():
    sessions = [Session(start_waiter()), Session(), Session(start_waiter())]
    sessions = None  # noqa: F841


run()
