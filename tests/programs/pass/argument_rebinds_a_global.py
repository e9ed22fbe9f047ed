"""The first argument is evaluated, and its name means something else when the second one is."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


def tell(event, answer):
    event.set()


def answer():
    global asked
    asked = None
    time.sleep(0.1)


asked = start_waiter()
tell(asked, answer())
