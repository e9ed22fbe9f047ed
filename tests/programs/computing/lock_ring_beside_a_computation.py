"""A thread computes for ever from the beginning; two others take two locks in opposite orders."""

# threads: MainThread, Left, Right
# objects: a, b
# cycle: Left -> b -> Right -> a

import threading

a, b = threading.Lock(), threading.Lock()
both_here = threading.Barrier(2)


def compute():
    x = 0
    while True:
        x += 1


def work(first, second):
    with first:
        both_here.wait()
        with second:
            pass


threading.Thread(target=compute, name="Computer").start()
threading.Thread(target=work, args=(a, b), name="Left").start()
threading.Thread(target=work, args=(b, a), name="Right").start()
