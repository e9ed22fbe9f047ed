"""Each waits for its neighbour's event before it sets its own."""

# threads: MainThread, A, B, C
# objects: A, a_is_done, b_is_done, c_is_done

import threading

a_is_done, b_is_done, c_is_done = threading.Event(), threading.Event(), threading.Event()


def work(before, after):
    before.wait()
    after.set()


a = threading.Thread(target=work, args=(c_is_done, a_is_done), name="A")
b = threading.Thread(target=work, args=(a_is_done, b_is_done), name="B")
c = threading.Thread(target=work, args=(b_is_done, c_is_done), name="C")
for thread in (a, b, c):
    thread.start()
for thread in (a, b, c):
    thread.join()
