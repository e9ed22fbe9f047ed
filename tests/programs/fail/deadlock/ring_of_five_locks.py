"""Five trains on a circular track of five sections: each waits for the section in front of it."""

# threads: MainThread, Train-0, Train-1, Train-2, Train-3, Train-4
# objects: Train-0, sections[0], sections[1], sections[2], sections[3], sections[4]
# cycle: Train-0 -> sections[1] -> Train-1 -> sections[2] -> Train-2 -> sections[3] -> Train-3 -> sections[4]
#     -> Train-4 -> sections[0]

import threading
import time

sections = [threading.Lock() for _ in range(5)]


def drive(start):
    with sections[start]:
        time.sleep(0.1)
        with sections[(start + 1) % 5]:
            pass


trains = [threading.Thread(target=drive, args=(start,), name=f"Train-{start}") for start in range(5)]
for train in trains:
    train.start()
for train in trains:
    train.join()
