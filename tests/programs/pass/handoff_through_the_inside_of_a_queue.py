"""An item that is smuggled into a queue: the condition that the consumer waits for is an attribute of the queue."""

import queue
import threading
import time

jobs = queue.Queue()
consumer = threading.Thread(target=jobs.get, name="Consumer")
consumer.start()
time.sleep(0.2)
with jobs.mutex:
    jobs.queue.append("an item")
    jobs.not_empty.notify()
consumer.join()
