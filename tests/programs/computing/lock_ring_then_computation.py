"""Three threads wait for each other's locks when the main thread starts one that computes for ever."""

# threads: A, B, C
# objects: a, b, c
# cycle: A -> b -> B -> c -> C -> a
# or
# threads: MainThread, A, B, C
# objects: A, a, b, c
# cycle: A -> b -> B -> c -> C -> a

import threading
import time

a, b, c = threading.Lock(), threading.Lock(), threading.Lock()
all_here = threading.Barrier(3)


def work(mine, other):
    with mine:
        all_here.wait()
        with other:
            pass


def compute():
    x = 0
    while True:
        x += 1


threads = [
    threading.Thread(target=work, args=(a, b), name="A"),
    threading.Thread(target=work, args=(b, c), name="B"),
    threading.Thread(target=work, args=(c, a), name="C"),
]
for thread in threads:
    thread.start()
time.sleep(1)
threading.Thread(target=compute, name="Computer").start()
threads[0].join()
