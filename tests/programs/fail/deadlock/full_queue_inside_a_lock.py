"""The producer waits for room with the lock in its hand that the consumer needs to make room."""

# threads: MainThread, Producer, Consumer
# objects: Producer, jobs.not_full, lock

import queue
import threading

lock = threading.Lock()
jobs = queue.Queue(maxsize=1)


def produce():
    with lock:
        jobs.put(1)
        jobs.put(2)


def consume():
    for _ in range(2):
        with lock:
            jobs.get()


producer = threading.Thread(target=produce, name="Producer")
consumer = threading.Thread(target=consume, name="Consumer")
producer.start()
producer.join(timeout=1)
consumer.start()
producer.join()
consumer.join()
