"""A timer fires in time, a cancelled one does not."""

import threading

fired = []
timer = threading.Timer(5, fired.append, ["fired"])
cancelled = threading.Timer(3, fired.append, ["cancelled"])
timer.start()
cancelled.start()
cancelled.cancel()
timer.join()
cancelled.join()
assert fired == ["fired"]
