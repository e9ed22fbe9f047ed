"""Nobody who waits for a permit has ever had one: each release is another thread's result."""

import threading
import time

results = threading.Semaphore(0)


def work(number):
    for _ in range(number):
        time.sleep(0.01)
    results.release()


def wait_for(count):
    for _ in range(count):
        results.acquire()


for number in (5, 10, 20):
    threading.Thread(target=work, args=(number,)).start()
waiter = threading.Thread(target=wait_for, args=(2,), name="Waiter")
waiter.start()
wait_for(1)
waiter.join()
