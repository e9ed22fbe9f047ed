"""A lock as a signal: the other side releases it only if there was work."""

# threads: MainThread
# objects: baton
# cycle: MainThread -> baton

import threading

baton = threading.Lock()
baton.acquire()
work = []


def run():
    if work:
        work.pop()()
        baton.release()


threading.Thread(target=run, name="Runner").start()
baton.acquire()
