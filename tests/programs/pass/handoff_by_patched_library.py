"""A function put in the place of one of the standard library's, where others of its functions call it."""

import threading
import time
import warnings


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


def patch(event):
    def show(*arguments, **options):
        event.set()

    warnings.showwarning = show


show_before = warnings.showwarning
patch(start_waiter())
time.sleep(0.1)
with warnings.catch_warnings():
    warnings.simplefilter("always")
    warnings.warn("nothing new", stacklevel=1)
warnings.showwarning = show_before
