"""Two pairs of threads, each in a deadlock of its own."""

# threads: MainThread, A, B, C, D
# objects: A, locks[0], locks[1], locks[2], locks[3]
# cycle: A -> locks[1] -> B -> locks[0]
# or
# threads: MainThread, A, B, C, D
# objects: A, locks[0], locks[1], locks[2], locks[3]
# cycle: C -> locks[3] -> D -> locks[2]

import threading

locks = [threading.Lock() for _ in range(4)]
everyone = threading.Barrier(4)


def work(first, second):
    with locks[first]:
        everyone.wait()
        with locks[second]:
            pass


pairs = {"A": (0, 1), "B": (1, 0), "C": (2, 3), "D": (3, 2)}
threads = [threading.Thread(target=work, args=pair, name=name) for name, pair in pairs.items()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
