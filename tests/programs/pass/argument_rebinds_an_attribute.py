"""A method has been looked up at an attribute that the computation of its argument changes."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Client:
    def __init__(self):
        self.answered = start_waiter()

    def reset(self):
        self.answered = None
        time.sleep(0.1)

    def run(self):
        tell(self.answered, self.reset())


def tell(event, answer):
    event.set()


Client().run()
