"""What one thread sends, another one of the same program has at once."""

import socket
import threading

from tests.support import execute


def test_small_pieces_on_a_connection_do_not_wait_for_each_other():
    def main():
        def serve():
            connection, _ = server.accept()
            with connection:
                for _ in range(3):
                    connection.recv(100)
                    connection.sendall(b"head")
                    connection.sendall(b"body")

        def ask():
            with socket.create_connection(server.getsockname()) as connection:
                for _ in range(3):
                    connection.sendall(b"?")
                    received = b""
                    while len(received) < 8:
                        received += connection.recv(8 - len(received))

        def tick():  # who lets the time pass when nobody can go on
            while not done.wait(0.5):
                pass

        server = socket.create_server(("127.0.0.1", 0))
        done = threading.Event()
        threads = [threading.Thread(target=body) for body in (serve, ask, tick)]
        for thread in threads:
            thread.start()
        for thread in threads[:2]:
            thread.join()
        done.set()
        threads[2].join()
        server.close()

    for seed in range(5):
        first = execute(main, strategy="random", seed=seed)
        assert not first.outcome.failures
        assert first.outcome.virtual_time < 0.5
        assert execute(main, strategy="random", seed=seed).events == first.events
