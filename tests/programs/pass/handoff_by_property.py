"""Who reads an attribute has done the work, and the lock is free."""

import threading
import time


class Report:
    def __init__(self):
        self._read = threading.Lock()
        self._read.acquire()

    @property
    def text(self):
        self._read.release()
        return "nothing new"

    def wait_for_reader(self):
        with self._read:
            pass


def read(report):
    for _ in range(100):
        time.sleep(0.001)
    assert report.text


report = Report()
threading.Thread(target=read, args=(report,), name="Reader").start()
report.wait_for_reader()
