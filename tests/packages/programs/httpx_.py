"""Threads that share one client, whose pool has two connections, to a server of this program."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.path[::-1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
serving = threading.Thread(target=server.serve_forever)
serving.start()
limits = httpx.Limits(max_connections=2)
base = f"http://127.0.0.1:{server.server_port}"
with (
    httpx.Client(base_url=base, limits=limits, timeout=None, trust_env=False) as client,
    ThreadPoolExecutor(3) as pool,
):
    answers = list(pool.map(lambda path: client.get(path).text, ["/ab", "/cd", "/ef", "/gh"]))
server.shutdown()
serving.join()
server.server_close()
assert answers == ["ba/", "dc/", "fe/", "hg/"], answers
print("four answers")
