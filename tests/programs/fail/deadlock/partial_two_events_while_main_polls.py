"""Two threads wait for each other's event, which nobody else knows; the main thread sleeps and sleeps."""

# threads: Left, Right
# objects: left_is_done, right_is_done

import threading
import time


def start():
    left_is_done, right_is_done = threading.Event(), threading.Event()

    def left():
        right_is_done.wait()
        left_is_done.set()

    def right():
        left_is_done.wait()
        right_is_done.set()

    threading.Thread(target=left, name="Left").start()
    threading.Thread(target=right, name="Right").start()


start()
while True:
    time.sleep(0.1)
