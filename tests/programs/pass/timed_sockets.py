"""Sockets whose time is up, in program time: for a client, for data, for room to send."""

import contextlib
import socket
import threading
import time


def runs_out(wait, *arguments):
    try:
        wait(*arguments)
    except TimeoutError:
        return
    raise AssertionError("it did not time out")


def send_late(connection):
    time.sleep(30)
    connection.send(b"late")


one, other = socket.socketpair()
thread = threading.Thread(target=send_late, args=(other,))
with socket.create_server(("127.0.0.1", 0)) as listener, one, other:
    thread.start()
    listener.settimeout(0.5)
    runs_out(listener.accept)
    one.settimeout(1)
    runs_out(one.recv, 1)
    runs_out(one.sendall, bytes(10_000_000))
    one.settimeout(100)
    assert one.recv(10) == b"late"
    one.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        one.recv(1)
        raise AssertionError("there was nothing to be read")
    thread.join()
