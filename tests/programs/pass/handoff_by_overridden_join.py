"""Who joins this thread tells it first that it may end."""

import threading
import time


class Service(threading.Thread):
    def __init__(self):
        super().__init__()
        self.stopped = threading.Event()

    def run(self):
        self.stopped.wait()

    def join(self, timeout=None):
        self.stopped.set()
        super().join(timeout)


services = [Service() for _ in range(3)]
for service in services:
    service.start()
for service in services:
    time.sleep(0.05)
    service.join()
