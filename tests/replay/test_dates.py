"""The date is that of the program's time."""

import datetime
import logging
import pickle
import sys
import threading
import time
import warnings

import pytest

from tests.support import passes
from tracer import in_c, patch
from tracer.primitives.clock import EPOCH, UPTIME


class Moment(datetime.datetime):
    """What pendulum and others do."""


def test_dates_follow_the_clock():
    def main():
        zone = datetime.timezone(datetime.timedelta(hours=5))
        for _ in range(2):
            began = time.time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                utc = datetime.datetime.utcnow().replace(tzinfo=datetime.timezone.utc)
            moments = [
                datetime.datetime.now().timestamp(),
                datetime.datetime.now(zone).timestamp(),
                datetime.datetime.now(tz=zone).timestamp(),
                Moment.now().timestamp(),
                utc.timestamp(),
                datetime.datetime.today().timestamp(),
                time.mktime(time.localtime()) + 1,
                time.mktime(time.localtime(None)) + 1,
                time.mktime(time.strptime(time.ctime())) + 1,
                time.mktime(time.strptime(time.asctime())) + 1,
                time.mktime(time.strptime(time.strftime("%c"), "%c")) + 1,
                time.clock_gettime(time.CLOCK_REALTIME),
                time.clock_gettime_ns(time.CLOCK_REALTIME) / 1e9,
            ]
            assert all(0 <= moment - began <= 2 for moment in moments), (began, moments)
            assert time.gmtime()[:3] == time.gmtime(time.time())[:3]
            assert datetime.date.today() == datetime.date.fromtimestamp(began)
            assert abs(time.monotonic() - time.clock_gettime(time.CLOCK_MONOTONIC)) < 1
            time.sleep(1_000_000)

    assert passes(main).outcome.virtual_time >= 1_000_000
    assert abs(datetime.datetime.now().timestamp() - EPOCH / 1e9) > 3600
    assert abs(time.clock_gettime(time.CLOCK_MONOTONIC) - UPTIME / 1e9) > 1 or time.monotonic() < UPTIME / 1e9


def test_dates_are_what_they_are_without_control():
    def main():
        now = datetime.datetime.now()
        assert type(now) is datetime.datetime
        assert type(Moment.now()) is Moment and Moment.now(datetime.timezone.utc).tzinfo is datetime.timezone.utc
        assert pickle.loads(pickle.dumps(now)) == now
        assert now.microsecond == 100
        assert datetime.datetime.now().microsecond == now.microsecond + 300  # each look takes a little
        with pytest.raises(TypeError, match="tzinfo argument must be None or of a tzinfo subclass, not type 'int'"):
            datetime.datetime.now(5)
        with pytest.raises(TypeError):
            time.asctime(None)
        assert time.gmtime(0).tm_year == 1970 and time.strftime("%Y", time.gmtime(0)) == "1970"
        assert time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) < 10_000

    passes(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="utcnow is obsolete since 3.12")
def test_who_calls_what_is_obsolete_is_warned():
    with pytest.warns(DeprecationWarning, match="utcnow") as warned:
        datetime.datetime.utcnow()
    assert [one.filename for one in warned] == [__file__]


def test_two_executions_see_the_same_dates():
    def main():
        times.append(datetime.datetime.now())
        threading.Event().wait(0.25)
        times.append(datetime.datetime.now())

    times = []
    passes(main)
    passes(main)
    assert times[:2] == times[2:]


def test_what_stands_for_a_function_in_c_is_no_method():
    class Clock:
        read = time.monotonic
        now = time.time
        sleep = time.sleep
        converter = time.localtime
        ident = threading.get_ident

    def main():
        clock = Clock()
        assert clock.now() < clock.now() and clock.read() < clock.read()
        clock.sleep(3)
        assert clock.converter(0).tm_year in (1969, 1970)
        assert clock.ident() == threading.current_thread().ident
        assert logging.Formatter("%(asctime)s").format(logging.makeLogRecord({})).startswith(time.strftime("%Y"))

    assert passes(main).outcome.virtual_time > 3
    assert pickle.loads(pickle.dumps(time.sleep)) is time.sleep
    assert repr(time.sleep) == "<built-in function sleep>"
    assert (time.time.__name__, time.time.__module__, time.time.__doc__[:4]) == ("time", "time", "time")


def test_the_patch_is_taken_back():
    patch.uninstall()
    try:
        assert type(vars(datetime.datetime)["now"]) is type(vars(dict)["fromkeys"])
        assert type(time.localtime) is type(len)
    finally:
        patch.install()
    assert type(vars(datetime.datetime)["now"]) is classmethod


@pytest.mark.parametrize("kind", [datetime.date, type(pickle.Pickler.__dict__["memo"]), OSError, Moment])
def test_an_attribute_in_c_comes_and_goes(kind):
    assert in_c.can_be_changed(kind)
    flags = kind.__flags__
    in_c.change(kind, "added", 5)
    assert kind.added == 5
    assert kind.__flags__ & (1 << 8) == flags & (1 << 8)
    in_c.remove(kind, "added")
    assert not hasattr(kind, "added")
