"""Logging from several threads, thread-local values, context variables."""

import contextvars
import logging
import threading

logging.basicConfig(level=logging.INFO, format="%(threadName)s %(message)s")
local = threading.local()
variable = contextvars.ContextVar("variable", default="unset")


def work(number):
    assert not hasattr(local, "number")
    assert variable.get() == "unset"
    local.number = number
    variable.set(number)
    logging.info("hello")
    assert (local.number, variable.get()) == (number, number)


threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not hasattr(local, "number")
