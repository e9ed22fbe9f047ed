"""A producer and a consumer that share a condition, and a program that never ends.

The producer makes five items; the consumer waits for more, for ever, and the main thread waits for the consumer.
`threadtrace run examples/condition.py` says so at once, in no real time.
"""

import threading
import time

items = []
condition = threading.Condition()


class Producer(threading.Thread):
    def run(self):
        for number in range(5):
            with condition:
                items.append(number)
                print(f"produced {number}")
                condition.notify()
                time.sleep(1)  # keeps the lock: the consumer cannot go on meanwhile


class Consumer(threading.Thread):
    def run(self):
        while True:
            with condition:
                if not items:
                    condition.wait()
                number = items.pop(0)
                print(f"consumed {number}")
            time.sleep(2)


producer = Producer(name="Producer")
consumer = Consumer(name="Consumer")
consumer.start()
producer.start()
producer.join()
consumer.join()
