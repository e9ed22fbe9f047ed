"""One printer and one scanner, and two threads that take them in opposite order."""

# threads: MainThread, Copier, Archiver
# objects: Copier, printers, scanners

import threading

printers, scanners = threading.Semaphore(1), threading.BoundedSemaphore(1)


def work(first, second):
    with first, second:
        pass


copier = threading.Thread(target=work, args=(scanners, printers), name="Copier")
archiver = threading.Thread(target=work, args=(printers, scanners), name="Archiver")
copier.start()
archiver.start()
copier.join()
archiver.join()
