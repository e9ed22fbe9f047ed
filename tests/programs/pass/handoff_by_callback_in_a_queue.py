"""A server calls what it finds in a queue, and what stands last in it is a `release`."""

import queue
import threading
import time


def serve(calls):
    while (call := calls.get()) is not None:
        call()


def pause():
    time.sleep(0.05)


calls = queue.Queue()
server = threading.Thread(target=serve, args=(calls,), name="Server")
server.start()
done = threading.Lock()
done.acquire()
for call in (pause, pause, pause, done.release):
    calls.put(call)
done.acquire()
calls.put(None)
server.join()
