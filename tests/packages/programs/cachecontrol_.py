"""Threads whose sessions share a cache: an answer that stays fresh is asked for once, when all was asked once."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from cachecontrol import CacheControl
from cachecontrol.cache import DictCache

asked = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked.append(self.path)
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def work():
    with CacheControl(requests.Session(), cache=cache) as session:
        for path in ("/a", "/b", "/a"):
            assert session.get(base + path).text == path


cache = DictCache()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
base = f"http://127.0.0.1:{server.server_port}"
serving = threading.Thread(target=server.serve_forever)
serving.start()
work()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
server.shutdown()
serving.join()
server.server_close()
assert asked == ["/a", "/b"], asked
print("asked for two answers")
