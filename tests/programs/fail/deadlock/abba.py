"""Two locks in opposite order."""

# threads: MainThread, Thread-1 (work), Thread-2 (work)
# objects: Thread-1 (work), a, b
# cycle: Thread-1 (work) -> b -> Thread-2 (work) -> a

import threading

a, b = threading.Lock(), threading.Lock()


def work(first, second):
    with first, second:
        pass


threads = [threading.Thread(target=work, args=pair) for pair in ((a, b), (b, a))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
