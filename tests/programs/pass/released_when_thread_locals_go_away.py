"""What a thread keeps in a `threading.local` goes away with the thread, and that sets the event."""

import threading
import time


class Session:
    def __init__(self, closed):
        self.closed = closed

    def __del__(self):
        self.closed.set()


local = threading.local()


def work(closed):
    local.session = Session(closed)
    del closed
    time.sleep(0.2)


closed = threading.Event()
threading.Thread(target=work, args=(closed,), name="Worker").start()
closed.wait()
