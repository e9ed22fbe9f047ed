"""Stopping a service under its lock waits for a worker that needs the same lock to see that it must stop."""

# threads: MainThread, Worker
# objects: Worker, Service.lock
# cycle: MainThread -> Worker -> Service.lock

import threading


class Service:
    def __init__(self):
        self.lock = threading.Lock()
        self.stopping = False
        self.thread = threading.Thread(target=self.work, name="Worker")
        self.thread.start()

    def work(self):
        for _ in range(3):
            with self.lock:
                if self.stopping:
                    return

    def stop(self):
        with self.lock:
            self.stopping = True
            self.thread.join()


Service().stop()
