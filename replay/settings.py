"""Names and limits that the command line shows; light to import."""

from __future__ import annotations

#: Scheduling points of an execution, unless the user says otherwise. Ten times the largest documented
#: example; an endless loop reaches it within a few seconds.
MAX_POINTS = 2_000_000

#: Seconds of real time for `threadtrace run`: longer than people wait for a program that they suspect to hang.
TIME_LIMIT = 60.0

#: PYTHONHASHSEED of every host process that does not repeat another one.
HASH_SEED = 0

#: Strategies of one execution, and those that need many.
STRATEGY_NAMES = ("round-robin", "random", "no-preemption", "pct", "pos", "urw", "surw", "places", "meetings")
SEARCH_NAMES = ("portfolio", "dpor", "preemption-bounded", "delay-bounded")
PREEMPT_NAMES = ("sync", "gil", "any")
CLOCK_NAMES = ("virtual", "real", "any")
