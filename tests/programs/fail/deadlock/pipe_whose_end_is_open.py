"""A reader reads up to the end of a pipe, which its own process keeps open."""

# threads: MainThread, Thread-1 (read)
# objects: Thread-1 (read), reading

import os
import threading


def read():
    while os.read(reading, 100):
        pass


reading, writing = os.pipe()
thread = threading.Thread(target=read)
thread.start()
os.write(writing, b"all there is")
thread.join()
