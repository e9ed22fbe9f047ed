"""What a thread has written into a pipe it can read from it, and what it reads there is the lock to release."""

import os
import threading
import time

locks = {b"a": threading.Lock(), b"b": threading.Lock()}
reading, writing = os.pipe()


def work():
    for name in locks:
        os.write(writing, name)
    time.sleep(0.1)
    for _ in locks:
        locks[os.read(reading, 1)].release()


for lock in locks.values():
    lock.acquire()
worker = threading.Thread(target=work, name="Worker")
worker.start()
for lock in locks.values():
    lock.acquire()
worker.join()
os.close(reading)
os.close(writing)
