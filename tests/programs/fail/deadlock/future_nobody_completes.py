"""The thread that was to set the result has failed before, and caught it."""

# threads: MainThread
# objects: answer._condition

import threading
from concurrent.futures import Future

answer = Future()


def work():
    try:
        answer.set_result(int("forty-two"))
    except ValueError:
        pass


threading.Thread(target=work, name="Worker").start()
answer.result()
