"""Each who is woken wakes the next one, and the first one is woken late."""

import threading
import time

condition = threading.Condition()
turn = -1


def wait(mine):
    global turn
    with condition:
        while turn < mine:
            condition.wait()
        turn += 1
        condition.notify_all()


threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
time.sleep(0.2)
with condition:
    turn = 0
    condition.notify_all()
for thread in threads:
    thread.join()
