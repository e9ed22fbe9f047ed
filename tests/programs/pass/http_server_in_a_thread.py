"""A server with a thread for each request, two clients, and an orderly end."""

import http.server
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def get(path):
    with opener.open(f"http://127.0.0.1:{server.server_address[1]}{path}") as answer:
        assert answer.read() == path.encode()


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    clients = [threading.Thread(target=get, args=(path,)) for path in ("/one", "/two")]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    server.shutdown()
    serving.join()
