"""One thread writes lines into a pipe, two others read them, by `os.read` and from a file."""

import os
import threading
import time

LINES = 5


def write():
    with os.fdopen(writing, "w") as file:
        for number in range(LINES):
            print("line", number, file=file, flush=True)
            time.sleep(1)


def read():
    with os.fdopen(reading) as file:
        got.extend(line.split()[1] for line in file)


def copy():
    while data := os.read(first, 4):
        while data:
            data = data[os.write(second, data) :]
    os.close(second)
    os.close(first)


got = []
first, writing = os.pipe()
reading, second = os.pipe()
threads = [threading.Thread(target=target) for target in (read, copy, write)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert got == ["0", "1", "2", "3", "4"], got
