"""Threads that share a pool of two connections to a server of this program."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.path.strip("/").upper().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
serving = threading.Thread(target=server.serve_forever)
serving.start()
try:
    with (
        urllib3.HTTPConnectionPool("127.0.0.1", server.server_port, maxsize=2, block=True, retries=False) as pool,
        ThreadPoolExecutor(3) as executor,
    ):
        answers = list(executor.map(lambda name: pool.request("GET", f"/{name}").data, ["ann", "bob", "eve", "joe"]))
        assert pool.num_requests == 4 and pool.num_connections <= 2
finally:
    server.shutdown()
    serving.join()
    server.server_close()
assert answers == [b"ANN", b"BOB", b"EVE", b"JOE"], answers
print("four answers")
