"""Whoever clears an event may do so before the other one has looked."""

# threads: MainThread
# objects: event

import threading

event = threading.Event()


def pulse():
    event.set()
    event.clear()


thread = threading.Thread(target=pulse)
thread.start()
event.wait()
thread.join()
