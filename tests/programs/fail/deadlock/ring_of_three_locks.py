"""Three threads, each with one lock in its hand and the next one's in its mind."""

# threads: MainThread, Thread-1 (work), Thread-2 (work), Thread-3 (work)
# objects: Thread-1 (work), a, b, c
# cycle: Thread-1 (work) -> b -> Thread-2 (work) -> c -> Thread-3 (work) -> a

import threading

a, b, c = threading.Lock(), threading.Lock(), threading.Lock()


def work(first, second):
    first.acquire()
    second.acquire()
    second.release()
    first.release()


threads = [threading.Thread(target=work, args=pair) for pair in ((a, b), (b, c), (c, a))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
