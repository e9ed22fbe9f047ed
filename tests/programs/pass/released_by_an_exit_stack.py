"""What has to be done in the end is kept in a stack, and done when the `with` statement is left by an exception."""

import threading
import time
from contextlib import ExitStack


def start_waiter(stack):
    lock = threading.Lock()
    lock.acquire()
    stack.callback(lock.release)
    threading.Thread(target=lock.acquire).start()


try:
    with ExitStack() as stack:
        for _ in range(3):
            start_waiter(stack)
        time.sleep(0.2)
        raise KeyError("no more work")
except KeyError:
    pass
