"""The worker gets the lock that it has to release deep inside its arguments."""

import threading
import time


def work(job, *, options):
    for _ in job["steps"]:
        time.sleep(0.001)
    options[0][1].release()


def start_worker():
    done = threading.Lock()
    done.acquire()
    arguments = {"options": [("when done", done)]}
    threading.Thread(target=work, args=({"steps": range(150)},), kwargs=arguments).start()
    return done


start_worker().acquire()
