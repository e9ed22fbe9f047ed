"""Two threads wait for each other's lock, while a third one ticks for ever."""

# threads: MainThread, Left, Right
# objects: Left, a, b
# cycle: Left -> b -> Right -> a

import threading
import time

a, b = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def work(mine, other):
    with mine:
        both.wait()
        with other:
            pass


def tick():
    while True:
        time.sleep(1)


ticker = threading.Thread(target=tick, name="Ticker")
left = threading.Thread(target=work, args=(a, b), name="Left")
right = threading.Thread(target=work, args=(b, a), name="Right")
ticker.start()
left.start()
right.start()
left.join()
