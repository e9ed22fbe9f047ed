"""Two locks in opposite order."""

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
