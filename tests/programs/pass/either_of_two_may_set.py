"""Two threads wait for an event that the other one would set, and so would a third one, which sleeps long."""

import threading
import time

first, second = threading.Event(), threading.Event()


def work(before, after):
    before.wait()
    after.set()


def sleep():
    for _ in range(100):
        time.sleep(0.001)
    second.set()


threads = [
    threading.Thread(target=work, args=(first, second), name="Left"),
    threading.Thread(target=work, args=(second, first), name="Right"),
    threading.Thread(target=sleep, name="Sleeper"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
