"""The main thread joins a thread that waits for the event which the main thread sets afterwards."""

# threads: MainThread, Worker
# objects: Worker, go

import threading

go = threading.Event()
worker = threading.Thread(target=go.wait, name="Worker")
worker.start()
worker.join()
go.set()
