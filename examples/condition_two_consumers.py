"""`if` where it must be `while`: a woken consumer can find the list empty.

Both consumers wait; the producer adds an item and notifies. Before the woken consumer has the lock again, the other one
may come by, find the item and take it. Then the woken one pops from an empty list, on some schedules.
"""

import threading

items = []
condition = threading.Condition()


def consume():
    with condition:
        if not items:  # the bug: by the time the wait is over this may be true again
            condition.wait()
        print(f"consumed {items.pop(0)}")


def produce():
    for number in range(2):
        with condition:
            items.append(number)
            condition.notify()


threads = [
    threading.Thread(target=consume, name="Consumer-1"),
    threading.Thread(target=consume, name="Consumer-2"),
    threading.Thread(target=produce, name="Producer"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
