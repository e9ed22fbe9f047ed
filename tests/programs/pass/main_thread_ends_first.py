"""The main thread ends while others wait for each other, and start others."""

import threading

ready = threading.Event()


def first():
    ready.wait()
    threading.Thread(target=print, args=("third",)).start()


def second():
    threading.main_thread().join()
    ready.set()


threading.Thread(target=first).start()
threading.Thread(target=second).start()
