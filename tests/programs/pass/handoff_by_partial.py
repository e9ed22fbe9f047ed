"""A function with its arguments bound, one inside the other, and the innermost is the lock."""

import threading
import time
from functools import partial


def after(seconds, action):
    time.sleep(seconds)
    action()


def start_worker():
    done = threading.Lock()
    done.acquire()
    threading.Thread(target=partial(partial(after, 0.2), partial(type(done).release, done))).start()
    return done


start_worker().acquire()
