"""Takers and givers of a box for one item wait at one condition, and notify() may wake the kind that cannot go on."""

# threads: MainThread, Taker-1, Giver-1
# objects: Taker-1, condition
# or
# threads: MainThread, Taker-1, Giver-2
# objects: Taker-1, condition
# or
# threads: MainThread, Taker-2, Giver-1
# objects: Taker-2, condition
# or
# threads: MainThread, Taker-2, Giver-2
# objects: Taker-2, condition

import threading

condition = threading.Condition()
box = []


def give():
    with condition:
        while box:
            condition.wait()
        box.append("an item")
        condition.notify()


def take():
    with condition:
        while not box:
            condition.wait()
        box.pop()
        condition.notify()


threads = [threading.Thread(target=take, name=f"Taker-{number}") for number in (1, 2)]
threads += [threading.Thread(target=give, name=f"Giver-{number}") for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
