"""The event is an argument of a call; the next argument takes a long time to compute."""

import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


def slow_sum():
    total = 0
    for number in range(100):
        time.sleep(0.001)
        total += number
    return total


def report(event, result):
    assert result == 4950
    event.set()


report(start_waiter(), slow_sum())
