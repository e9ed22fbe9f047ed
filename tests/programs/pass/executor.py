"""A thread pool: results, exceptions, waiting, cancelling."""

from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed, wait
from threading import Event

with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]
    failed = pool.submit(int, "x")
    assert isinstance(failed.exception(), ValueError)
    futures = [pool.submit(pow, 2, n) for n in range(4)]
    assert sorted(future.result() for future in as_completed(futures)) == [1, 2, 4, 8]
    assert not wait(futures).not_done

gate = Event()
with ThreadPoolExecutor(1) as pool:
    first, second = pool.submit(gate.wait), pool.submit(print, "never")
    assert second.cancel()
    gate.set()
    try:
        second.result()
        raise AssertionError("it was cancelled")
    except CancelledError:
        pass
