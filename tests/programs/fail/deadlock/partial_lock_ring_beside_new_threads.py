"""The main thread starts and joins one short thread after the other, while two wait for each other's lock."""

# threads: Left, Right
# objects: a, b
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


threading.Thread(target=work, args=(a, b), name="Left").start()
threading.Thread(target=work, args=(b, a), name="Right").start()
while True:
    beat = threading.Thread(target=time.sleep, args=(1,))
    beat.start()
    beat.join()
