"""Two of three parties came to a barrier that nobody else knows of; the main thread only ticks."""

# threads: Left, Right
# objects: barrier

import threading
import time


def meet():
    barrier = threading.Barrier(3)
    threading.Thread(target=barrier.wait, name="Left").start()
    threading.Thread(target=barrier.wait, name="Right").start()


meet()
while True:
    time.sleep(1)
