"""A re-entrant lock does not help against somebody who takes the two in the other order."""

# threads: MainThread, Reader, Writer
# objects: Reader, cache, disk
# cycle: Reader -> disk -> Writer -> cache

import threading

cache = threading.RLock()
disk = threading.Lock()


def read():
    with cache, cache, disk:
        pass


def write():
    with disk, cache:
        pass


reader = threading.Thread(target=read, name="Reader")
writer = threading.Thread(target=write, name="Writer")
reader.start()
writer.start()
reader.join()
writer.join()
