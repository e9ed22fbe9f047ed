"""The main thread joins a timer under the lock that the timer's function takes."""

# threads: MainThread, Timer
# objects: Timer, lock
# cycle: MainThread -> Timer -> lock

import threading

lock = threading.Lock()


def tick():
    with lock:
        pass


timer = threading.Timer(0.5, tick)
timer.name = "Timer"
with lock:
    timer.start()
    timer.join()
