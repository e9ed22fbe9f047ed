"""A function inside a function inside a function is started as a thread, much later, and releases the lock."""

import threading
import time


def start_first():
    done = threading.Lock()
    done.acquire()

    def first():
        def second():
            def third():
                done.release()

            time.sleep(0.1)
            threading.Thread(target=third, name="Third").start()

        time.sleep(0.1)
        threading.Thread(target=second, name="Second").start()

    threading.Thread(target=first, name="First").start()
    return done


start_first().acquire()
