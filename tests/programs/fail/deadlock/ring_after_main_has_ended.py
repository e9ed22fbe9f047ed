"""The main thread has nothing left to do but to wait for two threads that wait for each other."""

# threads: MainThread, Left, Right
# objects: a, b
# cycle: Left -> b -> Right -> a

import threading

a, b = threading.Lock(), threading.Lock()


def work(first, second):
    threading.main_thread().join()
    with first, second:
        pass


threading.Thread(target=work, args=(a, b), name="Left").start()
threading.Thread(target=work, args=(b, a), name="Right").start()
