"""A condition's wait releases the lock whoever has acquired it: here the main thread, which waits for it again."""

import threading

lock = threading.Lock()
done = threading.Event()


def work():
    while not done.is_set():
        threading.Condition(lock).wait(timeout=0.1)


lock.acquire()
threading.Thread(target=work, name="Worker").start()
lock.acquire()
done.set()
lock.release()
