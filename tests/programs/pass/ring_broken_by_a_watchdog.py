"""Two `with` statements in opposite order: a third thread takes one of the locks away, and brings it back."""

import threading
import time

a, b = threading.Lock(), threading.Lock()
deadlocked = threading.Barrier(3)
passed, repaired = threading.Event(), threading.Event()


def left():
    with a:
        deadlocked.wait()
        with b:
            pass


def right():
    with b:
        deadlocked.wait()
        with a:
            pass
        passed.set()
        repaired.wait()


def watch():
    deadlocked.wait()
    for _ in range(100):
        time.sleep(0.001)
    a.release()
    passed.wait()
    a.acquire()
    repaired.set()


threads = [threading.Thread(target=target) for target in (left, right, watch)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
