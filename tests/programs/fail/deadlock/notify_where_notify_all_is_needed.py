"""The gate opens for everybody, but only one of those who wait is told."""

# threads: MainThread, First
# objects: First, gate
# or
# threads: MainThread, Second
# objects: Second, gate

import threading

gate = threading.Condition()
is_open = False


def enter():
    with gate:
        while not is_open:
            gate.wait()


visitors = [threading.Thread(target=enter, name=name) for name in ("First", "Second")]
for visitor in visitors:
    visitor.start()
with gate:
    is_open = True
    gate.notify()
for visitor in visitors:
    visitor.join()
