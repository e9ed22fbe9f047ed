"""A lock among the constants of a function's code."""

import threading
import time


def work():
    time.sleep(0.2)
    "the lock".release()


def with_constant(function, before, after):
    constants = tuple(after if constant == before else constant for constant in function.__code__.co_consts)
    return type(function)(function.__code__.replace(co_consts=constants), globals())


done = threading.Lock()
done.acquire()
threading.Thread(target=with_constant(work, "the lock", done), name="Worker").start()
done.acquire()
