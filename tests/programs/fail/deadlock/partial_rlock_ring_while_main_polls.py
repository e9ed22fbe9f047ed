"""The main thread looks for ever whether the two are done, which wait for each other."""

# threads: Left, Right
# objects: a, b
# cycle: Left -> b -> Right -> a

import threading
import time

a, b = threading.RLock(), threading.RLock()
both = threading.Barrier(2)
done = []


def work(mine, other):
    with mine, mine:
        both.wait()
        with other:
            done.append("done")


threading.Thread(target=work, args=(a, b), name="Left").start()
threading.Thread(target=work, args=(b, a), name="Right").start()
while True:
    if len(done) == 2:
        break
    time.sleep(0.1)
