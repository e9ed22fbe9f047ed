"""Two consumers that look again after waking up, and a producer."""

import threading

items, taken = [], []
condition = threading.Condition()


def consume():
    with condition:
        while not items:
            condition.wait()
        taken.append(items.pop())


def produce():
    for number in range(2):
        with condition:
            items.append(number)
            condition.notify()


threads = [threading.Thread(target=target) for target in (consume, produce, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(taken) == [0, 1]
