"""One sentinel for all consumers: whoever takes it puts it back."""

import queue
import threading
import time

jobs = queue.Queue(maxsize=2)
END = object()


def consume():
    while jobs.get() is not END:
        time.sleep(0.01)
    jobs.put(END)


consumers = [threading.Thread(target=consume) for _ in range(3)]
for thread in consumers:
    thread.start()
for number in range(5):
    jobs.put(number)
time.sleep(0.1)
jobs.put(END)
for thread in consumers:
    thread.join()
