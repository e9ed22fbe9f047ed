"""An observer that the system tells of new files."""

import os
import tempfile
import threading

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

expected = {"one", "two", "three"}
seen = set()
complete = threading.Event()


class Handler(FileSystemEventHandler):
    def on_created(self, event):
        seen.add(os.path.basename(event.src_path))
        if seen == expected:
            complete.set()


with tempfile.TemporaryDirectory() as folder:
    observer = Observer()
    observer.schedule(Handler(), folder)
    observer.start()
    for name in sorted(expected):
        with open(os.path.join(folder, name), "w") as file:
            file.write(name)
    complete.wait()
    observer.stop()
    observer.join()
print("saw", *sorted(seen))
