"""Two locks as signals: the main thread holds back the signal that the worker waits for, and joins it."""

# threads: MainThread, Worker
# objects: Worker, go
# cycle: MainThread -> Worker -> go

import threading

go, done = threading.Lock(), threading.Lock()
go.acquire()
done.acquire()


def work():
    go.acquire()
    done.release()


worker = threading.Thread(target=work, name="Worker")
worker.start()
worker.join()
go.release()
done.acquire()
