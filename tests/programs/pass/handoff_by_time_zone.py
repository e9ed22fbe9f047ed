"""A time zone that only a datetime refers to is asked for the offset, and sets the event."""

import datetime
import threading
import time


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Zone(datetime.tzinfo):
    def utcoffset(self, when):
        asked.set()
        return datetime.timedelta(0)


asked = start_waiter()
when = datetime.datetime(2000, 1, 1, tzinfo=Zone())
time.sleep(0.1)
str(when)
