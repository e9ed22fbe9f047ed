"""A request takes along the queue for its answer, as an object that only the request knows."""

import queue
import threading
import time


def serve():
    for _ in range(3):
        number, reply = requests.get()
        time.sleep(0.05)
        reply.put(number * number)


def ask(number):
    reply = queue.SimpleQueue()
    requests.put((number, reply))
    return reply.get()


requests = queue.Queue()
threading.Thread(target=serve, name="Server").start()
clients = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
for client in clients:
    client.start()
assert ask(7) == 49
for client in clients:
    client.join()
