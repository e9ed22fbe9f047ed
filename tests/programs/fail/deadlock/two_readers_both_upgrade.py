"""A lock for readers and writers: two readers want to write, and each waits until the other one has stopped reading."""

# threads: MainThread, Left, Right
# objects: Left, ReadWriteLock.changed

import threading


class ReadWriteLock:
    def __init__(self):
        self.changed = threading.Condition()
        self.readers = 0

    def acquire_read(self):
        with self.changed:
            self.readers += 1

    def upgrade(self):
        with self.changed:
            while self.readers > 1:
                self.changed.wait()
            self.readers = 0
            self.changed.notify_all()


def work():
    guard.acquire_read()
    guard.upgrade()


guard = ReadWriteLock()
left = threading.Thread(target=work, name="Left")
right = threading.Thread(target=work, name="Right")
left.start()
right.start()
left.join()
right.join()
