"""Re-entering one's own lock is no trouble; the neighbour's is."""

# threads: MainThread, First, Second, Third
# objects: First, a, b, c
# cycle: First -> b -> Second -> c -> Third -> a

import threading

a, b, c = threading.RLock(), threading.RLock(), threading.RLock()


def work(mine, other):
    with mine, mine, other:
        pass


first = threading.Thread(target=work, args=(a, b), name="First")
second = threading.Thread(target=work, args=(b, c), name="Second")
third = threading.Thread(target=work, args=(c, a), name="Third")
for thread in (first, second, third):
    thread.start()
for thread in (first, second, third):
    thread.join()
