"""Two threads wait for room in each other's box, and somebody empties one of them at last."""

import queue
import threading
import time

to_anna, to_bert = queue.Queue(maxsize=1), queue.Queue(maxsize=1)


def correspond(outbox, inbox):
    for letter in range(2):
        outbox.put(letter)
    inbox.get()


threads = [
    threading.Thread(target=correspond, args=(to_bert, to_anna), name="Anna"),
    threading.Thread(target=correspond, args=(to_anna, to_bert), name="Bert"),
]
for thread in threads:
    thread.start()
time.sleep(0.2)
to_anna.get()
for thread in threads:
    thread.join()
