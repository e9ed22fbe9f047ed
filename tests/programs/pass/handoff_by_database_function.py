"""A statement of SQL calls the function that sets the event; the connection keeps it where Python does not look."""

import sqlite3
import threading
import time


def connect():
    stored = threading.Event()
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.create_function("tell", 0, lambda: stored.set())
    threading.Thread(target=store, args=(connection,), name="Database").start()
    return stored


def store(connection):
    time.sleep(0.2)
    connection.execute("SELECT tell()").fetchall()
    connection.close()


connect().wait()
