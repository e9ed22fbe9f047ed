"""What a thread was given goes away when the thread ends, and that sets the event."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Session:
    def __init__(self, event):
        self.event = event

    def __del__(self):
        self.event.set()


def work(session):
    session = None  # noqa: F841
    time.sleep(0.1)


def start():
    threading.Thread(target=work, args=(Session(start_waiter()),)).start()


start()
