"""The main thread joins a thread that needs the lock it holds."""

import threading

lock = threading.Lock()


def work():
    with lock:
        pass


thread = threading.Thread(target=work)
with lock:
    thread.start()
    thread.join()
