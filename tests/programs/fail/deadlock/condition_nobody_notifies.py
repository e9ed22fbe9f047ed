"""The producer adds an item and forgets to say so."""

# threads: MainThread, Consumer
# objects: Consumer, condition

import threading

condition = threading.Condition()
items = []


def consume():
    with condition:
        while not items:
            condition.wait()
        items.pop()


def produce():
    with condition:
        items.append("an item")


consumer = threading.Thread(target=consume, name="Consumer")
producer = threading.Thread(target=produce, name="Producer")
consumer.start()
producer.start()
consumer.join()
producer.join()
