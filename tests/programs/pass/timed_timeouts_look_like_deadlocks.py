"""Everybody is blocked, but timeouts get them out again."""

import threading

lock = threading.Lock()
condition = threading.Condition()
event = threading.Event()
semaphore = threading.Semaphore(0)
barrier = threading.Barrier(2)

lock.acquire()


def work():
    assert not lock.acquire(timeout=3)
    with condition:
        assert not condition.wait(timeout=2)
    assert not event.wait(timeout=1)
    assert not semaphore.acquire(timeout=1)
    try:
        barrier.wait(timeout=1)
        raise AssertionError("nobody else comes")
    except threading.BrokenBarrierError:
        pass


thread = threading.Thread(target=work)
thread.start()
thread.join(timeout=1)
assert thread.is_alive()
thread.join()
