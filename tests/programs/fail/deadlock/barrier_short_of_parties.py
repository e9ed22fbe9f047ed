"""Three parties, two come."""

import threading

barrier = threading.Barrier(3)
threading.Thread(target=barrier.wait).start()
barrier.wait()
