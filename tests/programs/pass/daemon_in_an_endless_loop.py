"""A daemon that never ends, and one that is blocked for ever, are dropped at exit."""

import threading
import time


def tick():
    while True:
        time.sleep(1)


threading.Thread(target=tick, daemon=True).start()
threading.Thread(target=threading.Event().wait, daemon=True).start()
time.sleep(3)
