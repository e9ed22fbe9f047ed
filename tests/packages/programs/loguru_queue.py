"""A sink of its own thread, to which messages go through a pipe."""

import threading

from loguru import logger

written = []
logger.remove()
logger.add(written.append, format="{thread.name} {message}", enqueue=True, catch=False)


def work():
    for step in range(5):
        logger.info(step)


threads = [threading.Thread(target=work, name=f"worker-{job}") for job in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
logger.complete()
assert len(written) == 15
for job in range(3):
    own = [line.split()[1] for line in written if line.startswith(f"worker-{job}")]
    assert own == ["0", "1", "2", "3", "4"], own
logger.remove()
print(f"{len(written)} messages")
