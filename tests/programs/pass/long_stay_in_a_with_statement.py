"""A chain of threads, each with a lock that the next one wants, and the first one sleeps long with its own."""

import threading
import time

locks = [threading.Lock() for _ in range(5)]
held = [threading.Event() for _ in range(5)]


def work(number):
    with locks[number]:
        held[number].set()
        if number == 0:
            for _ in range(150):
                time.sleep(0.001)
        else:
            held[number - 1].wait()
            with locks[number - 1]:
                pass


threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
