"""Nobody who reads the worker's code finds the word `release` in it."""

import threading
import time


def work(lock):
    for _ in range(120):
        time.sleep(0.001)
    getattr(lock, "rel" + "ease")()


done = threading.Lock()
done.acquire()
threading.Thread(target=work, args=(done,), name="Worker").start()
with done:
    pass
