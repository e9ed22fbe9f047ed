"""Who waits is entered in a register, which is weak; the worker looks there when its work is done."""

import threading
import time
import weakref


class Visitor:
    def __init__(self):
        self.called = threading.Event()


waiting = weakref.WeakValueDictionary()


def visit(name):
    visitor = waiting[name] = Visitor()
    entered.release()
    visitor.called.wait()


entered = threading.Semaphore(0)
visitors = [threading.Thread(target=visit, args=(name,), name=name) for name in ("Anna", "Bert")]
for thread in visitors:
    thread.start()
for _ in visitors:
    entered.acquire()
time.sleep(0.2)
for name in ("Bert", "Anna"):
    waiting[name].called.set()
for thread in visitors:
    thread.join()
