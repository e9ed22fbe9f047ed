"""The worker puts the name of the lock together when it needs it."""

import threading
import time

signal_of_the_worker = threading.Lock()
signal_of_the_worker.acquire()


def work(who):
    time.sleep(0.2)
    globals()["signal_of_the_" + who].release()


threading.Thread(target=work, args=("worker",), name="Worker").start()
signal_of_the_worker.acquire()
