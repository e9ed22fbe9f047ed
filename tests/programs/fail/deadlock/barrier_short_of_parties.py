"""Three parties, two come."""

# threads: MainThread, Thread-1 (wait)
# objects: barrier

import threading

barrier = threading.Barrier(3)
threading.Thread(target=barrier.wait).start()
barrier.wait()
