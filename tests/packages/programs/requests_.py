"""Threads with a session each, and a server that answers in JSON and sets a cookie."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"sum": sum(sent), "cookie": self.headers.get("Cookie")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", f"last={sent[-1]}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def work(number):
    with requests.Session() as session:
        for step in range(2):
            response = session.post(url, json=[number, step])
            response.raise_for_status()
            found.append((number, step, response.json()["sum"], response.json()["cookie"]))


found = []
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
url = f"http://127.0.0.1:{server.server_port}/"
serving = threading.Thread(target=server.serve_forever)
serving.start()
threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
server.shutdown()
serving.join()
server.server_close()
assert sorted(found) == [(1, 0, 1, None), (1, 1, 2, "last=0"), (2, 0, 2, None), (2, 1, 3, "last=0")], found
print("four answers")
