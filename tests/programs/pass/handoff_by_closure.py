"""A lock as a signal: who acquired it waits until a closure, which alone knows it, has released it."""

import threading
import time


def start_worker():
    done = threading.Lock()
    done.acquire()

    def work():
        for _ in range(100):
            time.sleep(0.001)
        done.release()

    threading.Thread(target=work, name="Worker").start()
    return done


start_worker().acquire()
