"""The queue was not empty when it was looked at."""

import queue
import threading

jobs = queue.Queue()
jobs.put("the only one")


def take():
    if not jobs.empty():
        jobs.get_nowait()


threads = [threading.Thread(target=take) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
