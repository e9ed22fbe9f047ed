"""A server and two clients in one program, over the loopback network."""

import socket
import threading


def serve(listener, clients):
    for _ in range(clients):
        connection, _ = listener.accept()
        with connection:
            while line := connection.recv(100):
                connection.sendall(line.upper())


def ask(port, words):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for word in words:
            connection.sendall(word.encode())
            print(threading.current_thread().name, "got", connection.recv(100).decode())


with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
    threads = [threading.Thread(target=serve, args=(listener, 2), name="server")]
    for name, words in (("client 1", ["hello", "world"]), ("client 2", ["good", "bye"])):
        threads.append(threading.Thread(target=ask, args=(port, words), name=name))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
