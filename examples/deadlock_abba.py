"""Two threads take the same two locks in opposite order: each can end up holding what the other one needs."""

import threading

lock_a = threading.Lock()
lock_b = threading.Lock()


def forwards():
    with lock_a:
        with lock_b:
            print("forwards has both")


def backwards():
    with lock_b:
        with lock_a:
            print("backwards has both")


threads = [threading.Thread(target=forwards, name="Forwards"), threading.Thread(target=backwards, name="Backwards")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
