"""Both ends of a connection wait for the other one to begin."""

# threads: MainThread, Thread-1 (wait_for), Thread-2 (wait_for)
# objects: Thread-1 (wait_for), one, other

import socket
import threading


def wait_for(connection):
    greeting = connection.recv(10)
    connection.send(greeting)


one, other = socket.socketpair()
threads = [threading.Thread(target=wait_for, args=(connection,)) for connection in (one, other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
