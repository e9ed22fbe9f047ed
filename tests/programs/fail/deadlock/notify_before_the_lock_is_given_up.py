"""Whoever is notified while the notifier keeps the lock, and joins it, cannot wake up."""

# threads: MainThread, Waiter
# objects: Waiter, condition
# cycle: MainThread -> Waiter -> condition
# or
# threads: MainThread, Waiter
# objects: Waiter, condition
# cycle: MainThread -> Waiter -> condition.lock

import threading

condition = threading.Condition()
waiting = threading.Event()


def wait():
    with condition:
        waiting.set()
        condition.wait()


waiter = threading.Thread(target=wait, name="Waiter")
waiter.start()
waiting.wait()
with condition:
    condition.notify()
    waiter.join()
