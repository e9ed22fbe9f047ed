"""Opposite order, one after the other: the second thread begins when the first one has ended."""

import threading

a, b = threading.Lock(), threading.Lock()


def work(first, second):
    with first, second:
        pass


for pair in ((a, b), (b, a)):
    thread = threading.Thread(target=work, args=pair)
    thread.start()
    thread.join()
