"""`lock.release` is all that a timer has to do, and it has a long time before it does."""

import threading

done = threading.Lock()
done.acquire()
threading.Timer(0.3, done.release).start()
done.acquire()
