"""Two threads hold one permit each and need the other's; a third one gives back what it has had all the time."""

import threading
import time

permits = threading.Semaphore(3)
both = threading.Barrier(2)


def work():
    with permits:
        both.wait()
        with permits:
            pass


def keep():
    with permits:
        kept.set()
        for _ in range(100):
            time.sleep(0.001)


kept = threading.Event()
threading.Thread(target=keep, name="Keeper").start()
kept.wait()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
