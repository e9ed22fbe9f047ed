"""Read, let others go first, write."""

import threading
import time

counter = 0


def increment():
    global counter
    value = counter
    time.sleep(0)
    counter = value + 1


threads = [threading.Thread(target=increment) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counter == 2
