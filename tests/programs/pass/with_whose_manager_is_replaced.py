"""The exit of a `with` sets the event, although the attribute with its manager is another by then."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Session:
    def __init__(self):
        self.closed = start_waiter()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.closed.set()


class Client:
    def __init__(self):
        self.session = Session()

    def run(self):
        with self.session:
            self.session = None
            time.sleep(0.1)


Client().run()
