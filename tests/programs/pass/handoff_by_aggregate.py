"""SQL makes an instance of the class that sets the event in the end."""

import sqlite3
import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Total:
    def step(self, value):
        pass

    def finalize(self):
        added.set()
        return 1


added = start_waiter()
connection = sqlite3.connect(":memory:")
connection.create_aggregate("total_of", 1, Total)
time.sleep(0.1)
connection.execute("SELECT total_of(1)").fetchall()
connection.close()
