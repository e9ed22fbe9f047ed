"""The worker finds the event where every name is looked for in the end."""

import builtins
import threading
import time

builtins.all_done = threading.Event()


def work():
    for _ in range(100):
        time.sleep(0.001)
    all_done.set()  # noqa: F821


threading.Thread(target=work, name="Worker").start()
builtins.all_done.wait()
del builtins.all_done
