"""Two threads wait for the first of two results, of which each would give one to the other; a timer gives the first."""

import threading
from concurrent.futures import FIRST_COMPLETED, Future, wait

left, right, start = Future(), Future(), Future()


def work(mine, others):
    wait(others, return_when=FIRST_COMPLETED)
    mine.set_result("done")


threads = [
    threading.Thread(target=work, args=(left, [right, start])),
    threading.Thread(target=work, args=(right, [left, start])),
]
for thread in threads:
    thread.start()
threading.Timer(0.2, start.set_result, ["go"]).start()
for thread in threads:
    thread.join()
