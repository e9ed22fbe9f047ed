"""To print an object is to release its lock."""

import threading
import time


class Job:
    def __init__(self):
        self.printed = threading.Lock()
        self.printed.acquire()

    def __str__(self):
        self.printed.release()
        return "a job"


def log(things):
    for thing in things:
        time.sleep(0.05)
        f"{thing}"


job = Job()
threading.Thread(target=log, args=([1, 2, 3, job],), name="Log").start()
job.printed.acquire()
