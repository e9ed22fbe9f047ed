"""Jobs that a scheduler's thread starts: one now and then, one at a moment."""

import datetime
import threading

from apscheduler.schedulers.background import BackgroundScheduler

ticks = []
enough = threading.Event()
reminded = threading.Event()


def tick():
    ticks.append(datetime.datetime.now())
    if len(ticks) >= 3:
        enough.set()


scheduler = BackgroundScheduler(timezone="UTC")
scheduler.add_job(tick, "interval", seconds=0.2, id="tick", misfire_grace_time=None)
moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=0.5)
scheduler.add_job(reminded.set, "date", run_date=moment, misfire_grace_time=None)
begin = datetime.datetime.now()
scheduler.start()
enough.wait()
reminded.wait()
scheduler.remove_job("tick")
scheduler.shutdown(wait=True)

assert scheduler.get_jobs() == []
assert len(ticks) >= 3 and ticks == sorted(ticks) and ticks[0] > begin
print("ticked three times, and reminded")
