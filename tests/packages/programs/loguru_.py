"""Threads that log to one logger; each message is complete, and those of a thread are in order."""

import threading

from loguru import logger

written = []
logger.remove()
logger.add(written.append, format="{thread.name} {extra[job]} {message}", level="INFO", catch=False)


@logger.catch(reraise=True)
def work(job):
    with logger.contextualize(job=job):
        for step in range(5):
            logger.info("step {}", step)
            logger.debug("not shown")


threads = [threading.Thread(target=work, args=(job,), name=f"worker-{job}") for job in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
logger.complete()
logger.remove()

assert len(written) == 15
for job in range(3):
    own = [line.rstrip() for line in written if line.startswith(f"worker-{job}")]
    assert own == [f"worker-{job} {job} step {step}" for step in range(5)], own
print(f"{len(written)} messages")
