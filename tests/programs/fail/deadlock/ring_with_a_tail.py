"""Two threads block each other, and a third one that only wants a lock of theirs is stuck behind them."""

# threads: MainThread, Left, Right, Tail
# objects: Tail, a, b
# cycle: Left -> b -> Right -> a

import threading

a, b = threading.Lock(), threading.Lock()
a_is_held = threading.Event()


def left():
    with a:
        a_is_held.set()
        with b:
            pass


def right():
    with b, a:
        pass


def tail():
    a_is_held.wait()
    with a:
        pass


tail = threading.Thread(target=tail, name="Tail")
threads = [tail, threading.Thread(target=left, name="Left"), threading.Thread(target=right, name="Right")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
