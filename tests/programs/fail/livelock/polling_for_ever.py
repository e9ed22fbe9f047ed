"""Nobody sets what the loop waits for."""

import threading
import time

event = threading.Event()
threading.Thread(target=print).start()
while not event.is_set():
    time.sleep(0.1)
