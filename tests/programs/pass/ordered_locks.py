"""Two locks, always taken in the same order."""

import threading

a, b = threading.Lock(), threading.RLock()


def work():
    for _ in range(2):
        with a, b, b:
            pass


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
