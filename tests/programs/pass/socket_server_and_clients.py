"""A server answers two clients, one after the other, over the loopback network."""

import socket
import threading


def serve(listener):
    for _ in range(2):
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(100):
                connection.sendall(data.upper())


def ask(port, words):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for word in words:
            connection.sendall(word)
            assert connection.recv(100) == word.upper()


with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
    threads = [threading.Thread(target=serve, args=(listener,))]
    threads += [threading.Thread(target=ask, args=(port, words)) for words in ([b"one", b"two"], [b"three"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
