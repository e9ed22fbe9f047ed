"""The worker keeps nothing alive: it knows the lock by a weak reference."""

import threading
import time
import weakref


def work(reference):
    time.sleep(0.2)
    reference().release()


def wait():
    done = threading.Lock()
    done.acquire()
    threading.Thread(target=work, args=(weakref.ref(done),), name="Worker").start()
    done.acquire()


wait()
