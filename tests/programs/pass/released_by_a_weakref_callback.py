"""A callback of a weak reference opens the gate when the worker lets go of what the reference is to."""

import threading
import time
import weakref


class Box:
    pass


def hold(boxes):
    time.sleep(0.1)
    boxes.clear()
    time.sleep(0.1)


boxes = [Box()]
gate = threading.Semaphore(0)
reference = weakref.ref(boxes[0], lambda _: gate.release(2))
holder = threading.Thread(target=hold, args=(boxes,), name="Holder")
holder.start()
waiter = threading.Thread(target=gate.acquire, name="Waiter")
waiter.start()
gate.acquire()
