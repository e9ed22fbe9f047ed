"""A WSGI application on waitress: one thread for the sockets, three for the requests."""

import threading
from http.client import HTTPConnection

from waitress.server import create_server


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode(), b" by ", threading.current_thread().name.encode()]


def visit(path):
    connection = HTTPConnection("127.0.0.1", port)
    for step in range(2):  # on one connection
        connection.request("GET", f"{path}{step}")
        answers.append(connection.getresponse().read().decode())
    connection.close()


answers = []
server = create_server(application, host="127.0.0.1", port=0, threads=3)
port = server.effective_port
serving = threading.Thread(target=server.run, daemon=True)  # closing it from another thread is a race of its own
serving.start()
visitors = [threading.Thread(target=visit, args=(path,)) for path in ("/ann", "/bob", "/eve")]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
server.task_dispatcher.shutdown()
paths = sorted(answer.partition(" by ")[0] for answer in answers)
assert paths == ["/ann0", "/ann1", "/bob0", "/bob1", "/eve0", "/eve1"], answers
assert all(" by waitress-" in answer for answer in answers)
print("six answers")
