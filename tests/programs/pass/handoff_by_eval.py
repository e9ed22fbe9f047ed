"""What the worker does last is a string."""

import threading
import time


def work(steps, names):
    for step in steps:
        eval(step, names)


def start_worker():
    lock = threading.Lock()
    lock.acquire()
    names = {"sleep": time.sleep, "lock": lock}
    threading.Thread(target=work, args=(["sleep(0.1)", "sleep(0.1)", "lock.release()"], names)).start()
    return lock


start_worker().acquire()
