"""What a codec calls where it fails sets the event; only the interpreter knows where that is kept."""

import codecs
import threading
import time


def register():
    failed = threading.Event()

    def handle(error):
        failed.set()
        return "?", error.end

    codecs.register_error("threads.tell", handle)
    return failed


def encode():
    time.sleep(0.2)
    assert "façade".encode("ascii", "threads.tell") == b"fa?ade"


failed = register()
threading.Thread(target=encode, name="Encoder").start()
failed.wait()
