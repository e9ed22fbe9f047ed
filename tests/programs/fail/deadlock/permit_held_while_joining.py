"""The main thread joins a thread that needs the only permit, which the main thread holds."""

# threads: MainThread, Worker
# objects: Worker, permits

import threading

permits = threading.Semaphore(1)


def work():
    with permits:
        pass


worker = threading.Thread(target=work, name="Worker")
with permits:
    worker.start()
    worker.join()
