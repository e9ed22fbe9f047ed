"""`breakpoint` calls the hook, and that sets the event."""

import sys
import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


def set_hook(event):
    sys.breakpointhook = lambda: event.set()


hook_before = sys.breakpointhook
set_hook(start_waiter())
time.sleep(0.1)
breakpoint()  # noqa: T100
sys.breakpointhook = hook_before
