"""The first to come waits at the barrier with the lock that the second one needs to get there."""

# threads: MainThread, Left, Right
# objects: Left, barrier, lock

import threading

lock = threading.Lock()
barrier = threading.Barrier(2)


def work():
    with lock:
        barrier.wait()


left = threading.Thread(target=work, name="Left")
right = threading.Thread(target=work, name="Right")
left.start()
right.start()
left.join()
right.join()
