"""Two threads send each other two letters through boxes for one, and mean to read afterwards."""

# threads: MainThread, Anna, Bert
# objects: Anna, to_anna.not_full, to_bert.not_full

import queue
import threading

to_anna, to_bert = queue.Queue(maxsize=1), queue.Queue(maxsize=1)


def correspond(outbox, inbox):
    for letter in range(2):
        outbox.put(letter)
    for _ in range(2):
        inbox.get()


anna = threading.Thread(target=correspond, args=(to_bert, to_anna), name="Anna")
bert = threading.Thread(target=correspond, args=(to_anna, to_bert), name="Bert")
anna.start()
bert.start()
anna.join()
bert.join()
