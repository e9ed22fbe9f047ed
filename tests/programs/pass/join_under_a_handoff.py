"""The main thread joins a worker that waits for a lock which the main thread has acquired, and a timer releases it."""

import threading

go = threading.Lock()
go.acquire()
threading.Timer(0.3, go.release).start()
worker = threading.Thread(target=go.acquire, name="Worker")
worker.start()
worker.join()
