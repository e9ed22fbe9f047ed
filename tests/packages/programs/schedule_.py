"""A scheduler in a thread of its own, that hands its jobs to workers by a queue."""

import queue
import threading
import time

import schedule

jobs = queue.Queue()
stop = threading.Event()
done = []


def run_scheduler():
    while not stop.is_set():
        schedule.run_pending()
        time.sleep(1)


def work():
    while (job := jobs.get()) is not None:
        done.append(job)
        if len(done) >= 4:
            stop.set()


schedule.every(2).seconds.do(jobs.put, "often")
schedule.every(3).seconds.do(jobs.put, "seldom")
scheduler = threading.Thread(target=run_scheduler)
workers = [threading.Thread(target=work) for _ in range(2)]
for thread in [scheduler, *workers]:
    thread.start()
scheduler.join()
for _ in workers:
    jobs.put(None)
for worker in workers:
    worker.join()
assert len(done) >= 4 and {"often", "seldom"} == set(done), done
print("often and seldom")
