"""Threads that know each other by their attributes, and let each other go on one after the other."""

import threading
import time


class Runner(threading.Thread):
    def __init__(self, name, after=None):
        super().__init__(name=name)
        self.after = after
        self.baton = threading.Lock()
        self.baton.acquire()

    def run(self):
        self.baton.acquire()
        time.sleep(0.02)
        if self.after is not None:
            self.after.baton.release()


last = None
for number in range(10, 0, -1):
    last = Runner(f"Runner-{number}", last)
    last.start()
time.sleep(0.1)
last.baton.release()
