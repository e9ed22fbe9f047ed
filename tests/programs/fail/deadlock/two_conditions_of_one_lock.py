"""The producer notifies those who wait for room, not those who wait for items."""

# threads: MainThread, Consumer
# objects: Consumer, not_empty

import threading

lock = threading.Lock()
not_full, not_empty = threading.Condition(lock), threading.Condition(lock)
items = []


def consume():
    with not_empty:
        while not items:
            not_empty.wait()
        items.pop()


def produce():
    with not_full:
        items.append("an item")
        not_full.notify()


consumer = threading.Thread(target=consume, name="Consumer")
producer = threading.Thread(target=produce, name="Producer")
consumer.start()
producer.start()
consumer.join()
producer.join()
