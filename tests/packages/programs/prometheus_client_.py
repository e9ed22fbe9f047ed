"""Metrics that several threads count up, while one collects them."""

import threading
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
requests = Counter("requests", "Requests", ["path"], registry=registry)
busy = Gauge("busy", "Requests that are served", registry=registry)
latency = Histogram("latency_seconds", "Latency", registry=registry, buckets=(0.1, 1.0))


def serve(path):
    for _ in range(4):
        with busy.track_inprogress(), latency.time():
            requests.labels(path).inc()
            time.sleep(0.2)


def collect():
    for _ in range(3):
        generate_latest(registry)


threads = [threading.Thread(target=serve, args=(path,)) for path in ("/", "/about", "/")]
threads.append(threading.Thread(target=collect))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

text = generate_latest(registry).decode()
values = {
    (sample.name, *sample.labels.values()): sample.value
    for family in text_string_to_metric_families(text)
    for sample in family.samples
}
assert values["requests_total", "/"] == 8 and values["requests_total", "/about"] == 4
assert values["latency_seconds_count",] == 12 and values["busy",] == 0
print("12 requests counted")
