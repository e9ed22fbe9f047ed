"""A WSGI application on cheroot: one thread accepts, a pool of two answers."""

import threading
from http.client import HTTPConnection

from cheroot.wsgi import Server


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].upper().encode()]


def visit(path):
    connection = HTTPConnection("127.0.0.1", server.bind_addr[1])
    connection.request("GET", path, headers={"Connection": "close"})
    answers.append(connection.getresponse().read())
    connection.close()


answers = []
server = Server(("127.0.0.1", 0), application, numthreads=2)
server.prepare()
serving = threading.Thread(target=server.serve)
serving.start()
visitors = [threading.Thread(target=visit, args=(path,)) for path in ("/ann", "/bob", "/eve")]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
server.stop()
serving.join()
assert sorted(answers) == [b"/ANN", b"/BOB", b"/EVE"], answers
print("three answers")
