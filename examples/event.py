"""A worker announces with an event that its work is done.

`examples/event.py cleared` clears the event before the main thread looks: what was announced is lost, and the wait
never ends.
"""

import sys
import threading
import time

VARIANT = sys.argv[1] if len(sys.argv) > 1 else ""

done = threading.Event()


def work():
    print("the worker works")
    time.sleep(2)
    done.set()
    if VARIANT == "cleared":
        done.clear()


worker = threading.Thread(target=work, name="Worker")
worker.start()
if VARIANT == "cleared":
    time.sleep(3)  # busy with something else while the worker announces
else:
    assert not done.wait(timeout=1), "two seconds are not over after one"
done.wait()
print("the main thread goes on")
worker.join()
