"""A coroutine that is driven by hand holds the event; it is only ever suspended, never awaited."""

import threading
import time


class Pause:
    def __await__(self):
        yield


async def work():
    done = threading.Event()
    threading.Thread(target=done.wait, name="Waiter").start()
    for _ in range(3):
        await Pause()
    done.set()


def drive(coroutine):
    try:
        while True:
            time.sleep(0.05)
            coroutine.send(None)
    except StopIteration:
        pass


drive(work())
