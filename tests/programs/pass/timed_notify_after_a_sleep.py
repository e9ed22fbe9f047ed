"""A notification that comes a good while after the wait has begun."""

import threading
import time

condition = threading.Condition()


def wait():
    with condition:
        condition.wait()


threads = [threading.Thread(target=wait) for _ in range(2)]
for thread in threads:
    thread.start()
time.sleep(0.5)
with condition:
    condition.notify_all()
for thread in threads:
    thread.join()
