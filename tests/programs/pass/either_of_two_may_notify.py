"""Two threads wait for the other's notification; the third one, which holds nothing and sleeps, notifies first."""

import threading
import time

conditions = {"Left": threading.Condition(), "Right": threading.Condition()}
ready = set()


def tell(name):
    with conditions[name]:
        ready.add(name)
        conditions[name].notify_all()


def work(name, other):
    with conditions[name]:
        while name not in ready:
            conditions[name].wait()
    tell(other)


threads = [threading.Thread(target=work, args=pair) for pair in (("Left", "Right"), ("Right", "Left"))]
for thread in threads:
    thread.start()
for _ in range(100):
    time.sleep(0.001)
tell("Right")
for thread in threads:
    thread.join()
