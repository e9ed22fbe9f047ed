"""A loop of selectors in one thread; others wake it through pairs of sockets, and it waits with limits."""

import select
import selectors
import socket
import threading
import time


def loop():
    with selectors.DefaultSelector() as selector:
        for connection in readers:
            selector.register(connection, selectors.EVENT_READ)
        while len(got) < len(readers):
            for key, _ in selector.select(0.5):
                got.append(key.fileobj.recv(10))
                selector.unregister(key.fileobj)


def send(connection, delay):
    time.sleep(delay)
    connection.send(b"x")


got = []
pairs = [socket.socketpair() for _ in range(3)]
readers = [pair[0] for pair in pairs]
threads = [threading.Thread(target=loop)]
threads += [threading.Thread(target=send, args=(pair[1], number)) for number, pair in enumerate(pairs)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert got == [b"x"] * 3, got
assert select.select([], [pairs[0][1]], [], 5)[1] == [pairs[0][1]]
assert select.select([readers[0]], [], [], 5) == ([], [], [])
for pair in pairs:
    pair[0].close()
    pair[1].close()
