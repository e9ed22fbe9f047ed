"""The main thread computes for ever, in functions that call functions, while its workers wait for each other."""

# threads: A, B
# objects: A, B
# cycle: A -> B

import threading

ready = threading.Event()


def join(other):
    ready.wait()
    threads[other].join()


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


threads = {}
threads["A"] = threading.Thread(target=join, args=("B",), name="A")
threads["B"] = threading.Thread(target=join, args=("A",), name="B")
for thread in threads.values():
    thread.start()
ready.set()
while True:
    fibonacci(12)
