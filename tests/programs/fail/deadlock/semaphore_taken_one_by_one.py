"""Two threads need two of three permits each, and take them one by one."""

# threads: MainThread, Left, Right
# objects: Left, permits

import threading

permits = threading.Semaphore(3)


def work():
    for _ in range(2):
        permits.acquire()
    with permits:
        pass
    permits.release(2)


left = threading.Thread(target=work, name="Left")
right = threading.Thread(target=work, name="Right")
left.start()
right.start()
left.join()
right.join()
