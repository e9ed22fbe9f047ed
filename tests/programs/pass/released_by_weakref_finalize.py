"""The event is set when an object is gone that has nothing to do with it; its last owner is asleep."""

import threading
import time
import weakref


class Document:
    pass


def read(document):
    time.sleep(0.2)


def open_document():
    document, closed = Document(), threading.Event()
    weakref.finalize(document, closed.set)
    threading.Thread(target=read, args=(document,), name="Reader").start()
    return closed


open_document().wait()
