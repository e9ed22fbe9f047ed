"""Opposite order, but never at the same time: both go through a gate first."""

import threading

gate, a, b = threading.Lock(), threading.Lock(), threading.Lock()


def work(first, second):
    for _ in range(2):
        with gate, first, second:
            pass


threads = [threading.Thread(target=work, args=pair) for pair in ((a, b), (b, a))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
