"""`print` calls `write`, and that sets the event."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Log:
    def write(self, text):
        written.set()


written = start_waiter()
log = Log()
time.sleep(0.1)
print("nothing new", file=log)
