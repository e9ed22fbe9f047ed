"""A thread polls for a child process, with a limit: the child gets the time that the program grants it."""

import subprocess
import sys
import threading
import time


def watch(child):
    for _ in range(100):
        if child.poll() is not None:
            break
        time.sleep(0.1)
    statuses.append(child.returncode)


statuses = []
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3); raise SystemExit(3)"])
watcher = threading.Thread(target=watch, args=(child,))
watcher.start()
watcher.join()
assert statuses == [3]
