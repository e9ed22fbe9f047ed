"""More is sent than the buffers hold, so that the sender waits for the reader, who reads it in one go."""

import socket
import threading

SIZE = 1_000_000


def send(connection):
    connection.sendall(b"x" * SIZE)
    connection.shutdown(socket.SHUT_WR)
    with connection.makefile("r") as answers:
        assert list(answers) == ["thank\n", "you\n"]


def read(connection):
    with connection.makefile("rb") as file:
        assert len(file.read()) == SIZE
    with connection.makefile("w") as file:
        print("thank", "you", sep="\n", file=file)
    connection.close()


one, other = socket.socketpair()
threads = [threading.Thread(target=send, args=(one,)), threading.Thread(target=read, args=(other,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
one.close()
