"""A watchdog asks for all threads, and frees those that have been waiting for something of their own."""

import threading
import time


class Sleeper(threading.Thread):
    def __init__(self):
        super().__init__()
        self.pillow = threading.Lock()
        self.pillow.acquire()

    def run(self):
        self.pillow.acquire()


def watch():
    for _ in range(50):
        time.sleep(0.005)
    for thread in threading.enumerate():
        if isinstance(thread, Sleeper):
            thread.pillow.release()


threading.Thread(target=watch, name="Watchdog").start()
for _ in range(2):
    Sleeper().start()
