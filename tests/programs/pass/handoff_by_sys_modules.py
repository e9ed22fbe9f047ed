"""The worker looks for the lock in the module that it finds under its name."""

import sys
import threading
import time

done = threading.Lock()
done.acquire()


def work():
    time.sleep(0.2)
    vars(sys.modules["__main__"])["done"].release()


threading.Thread(target=work, name="Worker").start()
done.acquire()
