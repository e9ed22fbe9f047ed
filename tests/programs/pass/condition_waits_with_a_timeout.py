"""Nobody notifies, but whoever waits looks again from time to time."""

import threading
import time

condition = threading.Condition()
items = []


def consume():
    with condition:
        while not items:
            condition.wait(timeout=0.02)
        items.pop()


consumer = threading.Thread(target=consume, name="Consumer")
consumer.start()
time.sleep(0.2)
items.append("an item")
consumer.join()
