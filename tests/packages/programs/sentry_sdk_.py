"""Events of several threads that a worker's thread sends, by a transport that keeps them."""

import threading

import sentry_sdk
from sentry_sdk.transport import Transport
from sentry_sdk.worker import BackgroundWorker

sent = []


class Kept(Transport):
    """What an HTTP transport does, without a network."""

    def __init__(self, options=None):
        super().__init__(options)
        self.worker = BackgroundWorker()

    def capture_envelope(self, envelope):
        assert self.worker.submit(lambda: sent.extend(item for item in envelope.items))

    def flush(self, timeout, callback=None):
        self.worker.flush(timeout, callback)

    def kill(self):
        self.worker.kill()


sentry_sdk.init(
    dsn="https://key@localhost/1",
    transport=Kept,
    traces_sample_rate=1.0,
    default_integrations=False,
    send_client_reports=False,
)


def work(name):
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("name", name)
        with sentry_sdk.start_transaction(name=name), sentry_sdk.start_span(op="divide"):
            try:
                1 / 0
            except ZeroDivisionError as error:
                sentry_sdk.capture_exception(error)


threads = [threading.Thread(target=work, args=(name,)) for name in ("ann", "bob", "eve")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
queued = threading.Event()
client = sentry_sdk.get_client()
client.transport.worker.submit(queued.set)
queued.wait()
client.close(timeout=2)

kinds = sorted(item.headers["type"] for item in sent)
assert kinds == ["event"] * 3 + ["transaction"] * 3, kinds
assert {item.payload.json["tags"]["name"] for item in sent if item.headers["type"] == "event"} == {"ann", "bob", "eve"}
print("three errors and three transactions sent")
