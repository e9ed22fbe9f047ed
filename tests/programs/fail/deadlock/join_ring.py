"""Two threads join each other."""

# threads: MainThread, Left, Right
# objects: Left, Right
# cycle: Left -> Right

import threading

both_started = threading.Event()


def work(other):
    both_started.wait()
    threads[other].join()


threads = {
    "Left": threading.Thread(target=work, args=("Right",), name="Left"),
    "Right": threading.Thread(target=work, args=("Left",), name="Right"),
}
for thread in threads.values():
    thread.start()
both_started.set()
for thread in threads.values():
    thread.join()
