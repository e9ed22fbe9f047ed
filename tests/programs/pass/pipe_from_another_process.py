"""A thread reads what another process writes, and then releases the lock that two others wait for."""

import subprocess
import sys
import threading


def read(lock):
    done = subprocess.run([sys.executable, "-IS", "-c", "print('ready')"], stdout=subprocess.PIPE, check=True)
    assert done.stdout.strip() == b"ready"
    lock.release()


def take(lock):
    with lock:
        pass


lock = threading.Lock()
lock.acquire()
threads = [threading.Thread(target=target, args=(lock,)) for target in (take, read, take)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
