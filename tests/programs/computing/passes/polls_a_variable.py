"""A thread polls a variable, with nothing that lets others go on, until the main thread has slept and sets it."""

import threading
import time

done = False


def poll():
    while not done:
        pass


thread = threading.Thread(target=poll, name="Poller")
thread.start()
time.sleep(5)
done = True
thread.join()
