"""Three threads, each joins the next one; the main thread waits for all."""

# threads: MainThread, Thread-1 (work), Thread-2 (work), Thread-3 (work)
# objects: Thread-1 (work), Thread-2 (work), Thread-3 (work)
# cycle: Thread-1 (work) -> Thread-2 (work) -> Thread-3 (work)
# or
# threads: Thread-1 (work), Thread-2 (work), Thread-3 (work)
# objects: Thread-1 (work), Thread-2 (work), Thread-3 (work)
# cycle: Thread-1 (work) -> Thread-2 (work) -> Thread-3 (work)

import threading

all_started = threading.Barrier(4)


def work(number):
    all_started.wait()
    threads[(number + 1) % 3].join()


threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
all_started.wait()
