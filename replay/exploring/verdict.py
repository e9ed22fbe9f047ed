"""What may be said of a program after its executions, and what that rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.outcome import Verdict

if TYPE_CHECKING:
    from replay.exploring.campaign import Exploration

#: Levels of preemption, and what more there is to look at.
_MORE = {
    "sync": "--preempt any also lets threads go first between accesses to shared memory",
    "gil": "--preempt any also looks at what free-threaded Python allows",
}

#: What the bounded searches count.
_DEVIATIONS = {"preemption-bounded": "preemption", "delay-bounded": "delay"}

_FEWEST_THREADS = 2


def verdict_of(found: Exploration) -> Verdict:
    """The one function that judges.

    `failed` if any execution failed. `nothing-tested` if none had a second thread and a choice. `exhausted` only if a
    systematic search came to its end without doubt and everything was controlled; `sampled` otherwise.
    """
    if found.failures:
        return Verdict.FAILED
    if len(found.threads) < _FEWEST_THREADS or not found.points:
        return Verdict.NOTHING_TESTED
    if found.is_exhausted and not found.uncontrolled:
        return Verdict.EXHAUSTED
    return Verdict.SAMPLED


def coverage(found: Exploration) -> float:
    """An estimate of the part of all executions' probability that the ones made stand for, from 0 to 1.

    Good and Turing: how often the next execution by chance would be a new one is how many of those made were seen but
    once. Only executions by chance count; a search never makes one twice.
    """
    if found.is_exhausted:
        return 1.0
    if not found.sampled:
        return 0.0
    return 1 - found.seen_once / found.sampled


def advice(found: Exploration, preempt: str) -> list[str]:
    """How far a verdict without a failure reaches, and what would make it say more."""
    verdict = verdict_of(found)
    told = []
    if verdict is Verdict.SAMPLED:
        if found.bound is not None:
            deviations = _DEVIATIONS[found.strategy] + ("" if found.bound == 1 else "s")
            told.append(f"all schedules with at most {found.bound} {deviations} were executed")
        told.append("more executions: --executions N, --time-limit SECONDS")
        if found.doubt:
            told.append(f"not exhaustive: {found.doubt}")
    if verdict in (Verdict.SAMPLED, Verdict.EXHAUSTED) and preempt in _MORE:
        told.append(_MORE[preempt])
    if found.uncontrolled:
        told.append(f"not controlled: {', '.join(found.uncontrolled[:3])}")
    return told
