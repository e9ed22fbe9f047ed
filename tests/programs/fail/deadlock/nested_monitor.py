"""Waiting gives the inner lock up, but not the outer one, and whoever could notify has to come through there."""

# threads: MainThread, Taker, Giver
# objects: Taker, inner, outer

import threading

outer = threading.Lock()
inner = threading.Condition()
items = []


def take():
    with outer, inner:
        while not items:
            inner.wait()
        items.pop()


def give():
    with outer, inner:
        items.append("an item")
        inner.notify()


taker = threading.Thread(target=take, name="Taker")
giver = threading.Thread(target=give, name="Giver")
taker.start()
giver.start()
taker.join()
giver.join()
