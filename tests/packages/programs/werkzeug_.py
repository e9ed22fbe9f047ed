"""A WSGI application on werkzeug's threaded server, which counts its visitors under a lock."""

import threading
from http.client import HTTPConnection

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

visits = {}
guard = threading.Lock()


@Request.application
def application(request):
    name = request.args["name"]
    with guard:
        visits[name] = visits.get(name, 0) + 1
        return Response(f"{name}: {visits[name]}")


class Silent(WSGIRequestHandler):
    def log(self, *arguments):
        pass


def visit(name):
    for _ in range(2):
        connection = HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", f"/?name={name}")
        assert connection.getresponse().read().startswith(name.encode())
        connection.close()


server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
serving = threading.Thread(target=server.serve_forever)
serving.start()
visitors = [threading.Thread(target=visit, args=(name,)) for name in ("ann", "bob", "ann")]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
server.shutdown()
serving.join()
server.server_close()
assert visits == {"ann": 4, "bob": 2}, visits
print("six visits")
