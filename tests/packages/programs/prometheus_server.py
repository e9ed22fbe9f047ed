"""The server that prometheus_client starts for its metrics, asked while other threads count."""

import threading
import urllib.request

from prometheus_client import CollectorRegistry, Counter, start_http_server

registry = CollectorRegistry()
jobs = Counter("jobs", "Jobs", ["kind"], registry=registry)


def work(kind):
    for _ in range(5):
        jobs.labels(kind).inc()


server, serving = start_http_server(0, addr="127.0.0.1", registry=registry)
url = f"http://127.0.0.1:{server.server_port}/metrics"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
threads = [threading.Thread(target=work, args=(kind,)) for kind in ("big", "small")]
for thread in threads:
    thread.start()
with opener.open(url) as answer:
    assert b"# TYPE jobs_total counter" in answer.read()
for thread in threads:
    thread.join()
with opener.open(url) as answer:
    text = answer.read().decode()
server.shutdown()
serving.join()
server.server_close()
assert 'jobs_total{kind="big"} 5.0' in text and 'jobs_total{kind="small"} 5.0' in text
print("ten jobs")
