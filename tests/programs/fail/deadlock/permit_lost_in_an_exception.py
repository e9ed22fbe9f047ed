"""The permit is given back only where nothing goes wrong; the exception is caught, the permit is gone."""

# threads: MainThread, Good
# objects: Good, permits

import threading

permits = threading.Semaphore(1)
results = []


def divide(by):
    try:
        permits.acquire()
        results.append(10 // by)
        permits.release()
    except ZeroDivisionError:
        pass


bad = threading.Thread(target=divide, args=(0,), name="Bad")
good = threading.Thread(target=divide, args=(5,), name="Good")
bad.start()
good.start()
bad.join()
good.join()
