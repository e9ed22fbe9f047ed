"""The thread whose target is `lock.release` is started by another one, when it has slept enough."""

import threading
import time


def prepare():
    done = threading.Lock()
    done.acquire()
    return done, threading.Thread(target=done.release, name="Releaser")


def work(last_step):
    time.sleep(0.2)
    last_step()


done, releaser = prepare()
threading.Thread(target=work, args=(releaser.start,), name="Worker").start()
del releaser
done.acquire()
