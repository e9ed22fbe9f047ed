"""Progress bars of several threads, on one stream."""

import io
import threading

from tqdm import tqdm
from tqdm.contrib.concurrent import thread_map

screen = io.StringIO()
tqdm.set_lock(threading.RLock())

doubled = thread_map(lambda number: number * 2, range(12), max_workers=3, file=screen)
assert doubled == [number * 2 for number in range(12)]

together = tqdm(total=30, file=screen, desc="together")


def work(position):
    with tqdm(total=10, position=position, file=screen, leave=False, mininterval=0) as own:
        for _ in range(10):
            own.update()
            with tqdm.get_lock():
                together.update()


threads = [threading.Thread(target=work, args=(position,)) for position in (1, 2, 3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
together.close()
assert together.n == 30
assert "12/12" in screen.getvalue() and "30/30" in screen.getvalue()
print("30 of 30 steps")
