"""A thread shuts a connection down that another one waits in; a third connection gets the number of the closed one."""

import contextlib
import socket
import threading


def wait():
    with contextlib.suppress(OSError):  # it is closed already
        got.append(one.recv(10))


got = []
one, other = socket.socketpair()
thread = threading.Thread(target=wait)
thread.start()
one.shutdown(socket.SHUT_RDWR)
one.close()
third, fourth = socket.socketpair()
fourth.send(b"for somebody else")
thread.join()
assert got == [b""] or not got, got
for connection in (other, third, fourth):
    connection.close()
