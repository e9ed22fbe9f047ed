"""The main thread acquires a lock twice; the worker, which looks for it at the very end, makes that possible."""

import threading
import time

done = threading.Lock()


def work():
    for _ in range(100):
        time.sleep(0.001)
    finish()


def finish():
    done.release()


done.acquire()
threading.Thread(target=work, name="Worker").start()
done.acquire()
