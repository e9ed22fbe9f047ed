"""A live display that a thread of its own refreshes, while three others advance its bars and print."""

import io
import threading
import time

from rich.console import Console
from rich.progress import Progress

console = Console(file=io.StringIO(), force_terminal=True, width=80)


def work(progress, task, name):
    for step in range(5):
        time.sleep(0.04)
        progress.advance(task)
        progress.console.print(f"{name} has done {step + 1}")


with Progress(console=console, refresh_per_second=20) as progress:
    threads = []
    for name in ("load", "parse", "store"):
        task = progress.add_task(name, total=5)
        threads.append(threading.Thread(target=work, args=(progress, task, name)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.finished
with console.status("almost done"):
    time.sleep(0.2)

written = console.file.getvalue()
assert written.count("has done") == 15 and "100%" in written
print("three bars are full")
