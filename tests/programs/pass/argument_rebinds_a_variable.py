"""Only the first argument of a call in the making knows the event: a walrus has taken its name."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


def tell(event, nothing, answer):
    event.set()


def ask():
    event = start_waiter()
    tell(event, (event := None), time.sleep(0.1))


ask()
