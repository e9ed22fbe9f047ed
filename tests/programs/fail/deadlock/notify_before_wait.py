"""A notification that nobody waits for yet is lost."""

# threads: MainThread, Thread-1 (wait)
# objects: Thread-1 (wait), condition

import threading

condition = threading.Condition()


def wait():
    with condition:
        condition.wait()


waiter = threading.Thread(target=wait)
waiter.start()
with condition:
    condition.notify()
waiter.join()
