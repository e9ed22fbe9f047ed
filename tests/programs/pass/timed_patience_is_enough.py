"""Three stages wait for each other, each for a limited time, which is longer than the first one takes."""

import threading
import time

done = [threading.Event() for _ in range(3)]


def work(number):
    if number:
        assert done[number - 1].wait(timeout=20)
    time.sleep(0.1)
    done[number].set()


threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in reversed(threads):
    thread.start()
assert done[2].wait(timeout=20)
for thread in threads:
    thread.join()
