"""The worker runs in a copy of the context, in which a variable holds the event."""

import contextvars
import threading
import time

done = contextvars.ContextVar("done")


def work():
    time.sleep(0.2)
    done.get().set()


def main():
    event = threading.Event()
    done.set(event)
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="Worker").start()
    event.wait()


contextvars.Context().run(main)
