"""Two threads wait for a promise that a third one keeps late."""

import threading
import time
from concurrent.futures import Future


def promise():
    future = Future()
    threading.Thread(target=keep, args=(future,), name="Keeper").start()
    return future


def keep(future):
    for _ in range(100):
        time.sleep(0.001)
    future.set_result("kept")


future = promise()
waiter = threading.Thread(target=future.result, name="Waiter")
waiter.start()
assert future.result() == "kept"
waiter.join()
