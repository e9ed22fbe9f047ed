"""Two locks in opposite order, but one of the two threads gives up after a while."""

import threading

a, b = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def patient():
    with a:
        both.wait()
        with b:
            pass


def impatient():
    with b:
        both.wait()
        if a.acquire(timeout=0.2):
            a.release()


threads = [threading.Thread(target=target) for target in (patient, impatient)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
