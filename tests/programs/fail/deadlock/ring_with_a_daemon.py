"""Half of the ring is a daemon, which may be stuck; the main thread may not."""

# threads: MainThread
# objects: b
# cycle: MainThread -> b -> Daemon -> a

import threading

a, b = threading.Lock(), threading.Lock()


def work():
    with b, a:
        pass


threading.Thread(target=work, name="Daemon", daemon=True).start()
with a, b:
    pass
