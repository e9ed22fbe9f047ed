"""Threads that log with values that are bound to each thread's context."""

import threading

import structlog
from structlog.contextvars import bind_contextvars, merge_contextvars

written = []


class Kept:
    def msg(self, message):
        written.append(message)

    info = msg


structlog.configure(
    processors=[
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt=None),
        structlog.processors.CallsiteParameterAdder([structlog.processors.CallsiteParameter.THREAD_NAME]),
        lambda logger, name, event: event,
        structlog.processors.KeyValueRenderer(key_order=["thread_name", "user", "event"], drop_missing=True),
    ],
    logger_factory=lambda *arguments: Kept(),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger()


def work(user):
    bind_contextvars(user=user)
    for step in range(3):
        log.info("step", step=step)


threads = [threading.Thread(target=work, args=(user,), name=f"of-{user}") for user in ("ann", "bob", "eve")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(written) == 9
for user in ("ann", "bob", "eve"):
    own = [line for line in written if f"user='{user}'" in line]
    assert len(own) == 3 and all(f"thread_name='of-{user}'" in line for line in own), written
print(f"{len(written)} messages")
