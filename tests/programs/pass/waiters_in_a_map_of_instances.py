"""A list is made of instances; those still to be made wait in the hands of `map`."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Job:
    def __init__(self, event):
        time.sleep(0.05)
        self.event = event


def start_waiters():
    return [start_waiter() for _ in range(3)]


for job in list(map(Job, start_waiters())):
    job.event.set()
