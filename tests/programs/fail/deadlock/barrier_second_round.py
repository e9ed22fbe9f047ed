"""Two threads meet; one of them believes that they meet again."""

# threads: MainThread, Twice
# objects: Twice, barrier

import threading

barrier = threading.Barrier(2)


def meet(times):
    for _ in range(times):
        barrier.wait()


once = threading.Thread(target=meet, args=(1,), name="Once")
twice = threading.Thread(target=meet, args=(2,), name="Twice")
once.start()
twice.start()
once.join()
twice.join()
