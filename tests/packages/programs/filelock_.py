"""Threads that take turns with a file, by a lock on another file."""

import os
import tempfile
import threading

from filelock import FileLock, SoftFileLock


def count(path, lock):
    for _ in range(3):
        with lock:
            with open(path) as file:
                number = int(file.read())
            with open(path, "w") as file:
                file.write(str(number + 1))


with tempfile.TemporaryDirectory() as folder:
    for kind in (FileLock, SoftFileLock):
        path = os.path.join(folder, kind.__name__)
        with open(path, "w") as file:
            file.write("0")
        threads = [
            threading.Thread(target=count, args=(path, kind(path + ".lock", poll_interval=0.05))) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with open(path) as file:
            assert file.read() == "9"
print("counted to nine, twice")
