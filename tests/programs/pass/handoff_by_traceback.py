"""An exception that was caught long ago keeps the frame in which it was raised, and there the lock is."""

import threading
import time


def fail():
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=lock.acquire, name="Waiter").start()
    raise RuntimeError("out of work")


try:
    fail()
except RuntimeError as error:
    kept = error
time.sleep(0.2)
kept.__traceback__.tb_next.tb_frame.f_locals["lock"].release()
del kept
