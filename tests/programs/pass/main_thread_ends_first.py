"""The main thread ends while others wait for each other, and for it."""

import threading

ready = threading.Event()


def first():
    ready.wait()


def second():
    threading.main_thread().join()
    ready.set()


threading.Thread(target=first).start()
threading.Thread(target=second).start()
