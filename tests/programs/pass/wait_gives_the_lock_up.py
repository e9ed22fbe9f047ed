"""Who waits for a condition does not keep its lock: the other one, with a lock of its own in hand, comes through."""

import threading

lock = threading.Lock()
changed = threading.Condition(lock)
other = threading.Lock()
value = 0


def wait():
    with changed:
        while value < 3:
            changed.wait()
        with other:
            pass


def count():
    global value
    for _ in range(3):
        with other:
            pass
        with lock:
            value += 1
            changed.notify()


threads = [threading.Thread(target=target) for target in (wait, count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
