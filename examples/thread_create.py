"""Making threads: a target with arguments, a subclass, names, joining with a timeout, and a daemon that never ends."""

import threading
import time


def greet(greeting, name):
    print(f"{greeting}, {name}!")


class Countdown(threading.Thread):
    """A thread with a `run` of its own."""

    def __init__(self, start):
        super().__init__(name="Countdown")
        self.left = start

    def run(self):
        while self.left:
            time.sleep(1)
            self.left -= 1


def tick():
    while True:
        time.sleep(0.5)


greeter = threading.Thread(target=greet, args=("Hello", "World"))
greeter.name = "Greeter"
greeter.start()
greeter.join()
assert not greeter.is_alive()

ticker = threading.Thread(target=tick, name="Ticker", daemon=True)
ticker.start()

countdown = Countdown(3)
countdown.start()
countdown.join(timeout=1.5)
assert countdown.is_alive(), "three seconds are not over after one and a half"
countdown.join()
assert not countdown.is_alive()

late = threading.Thread(target=tick, name="Late")
late.daemon = True
late.start()
print("the main thread ends; the daemons are dropped")
