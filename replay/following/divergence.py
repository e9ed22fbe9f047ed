"""What is said about the first difference between an execution and what it should have repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.following.sources import THIS_PYTHON, changed, same_python
from replay.following.verify import WHOLE
from tracer.events import phrase
from tracer.outcome import Divergence
from tracer.trace import TraceError, TraceReader

if TYPE_CHECKING:
    from replay.following.verify import Verifier
    from tracer.events import Event
    from tracer.outcome import Outcome


def explain(verifier: Verifier, recorded: Outcome | None) -> Divergence | None:
    """The divergence that `verifier` found; None where there was none. `recorded` is the outcome of the trace."""
    difference = verifier.difference
    if difference is None:
        return None
    number = difference.number
    before, actual, _ = _look_up(verifier.journal.path, number)
    event = expected_enabled = step = None
    if number <= verifier.limit:
        thread, operation, label = verifier.schedule.symbols[verifier.schedule.steps[number - 1]]
        step = (verifier.schedule.names[thread], operation, label)
    if verifier.expected is not None:
        _, event, expected_enabled = _look_up(verifier.expected.path, number)
    damaged = verifier.expected is not None and step != (event and (event.thread, event.operation, event.object))
    expected = _phrase(event) if event is not None else phrase(*step) if step is not None else None
    happened = _phrase(actual) if actual is not None else None
    if event is not None and actual is not None and expected == happened:
        expected, happened = f"{expected}, at {event.time:g} s", f"{happened}, at {actual.time:g} s"
    return Divergence(
        number=number,
        expected=expected or "the end of the execution",
        actual=difference.instead or happened or "the end of the execution",
        expected_enabled=expected_enabled,
        actual_enabled=difference.enabled,
        last_common=_phrase(before) if before is not None else "nothing: the first event differs",
        causes=["the trace is damaged: its events are not those of its schedule"] * damaged
        + _causes(verifier, recorded),
    )


def ended_otherwise(verifier: Verifier, recorded: Outcome | None, outcome: Outcome) -> Divergence | None:
    """The divergence of an execution with the events of the recorded one, but other failures or another exit status.

    Failures are the same if they are of one kind and of the same threads: messages may contain addresses.
    """
    if recorded is None or not (recorded.ending is outcome.ending and outcome.ending in WHOLE):
        return None
    same = recorded.exit_status == outcome.exit_status
    if same and _failures(recorded) == _failures(outcome):
        return None
    _, last, enabled = _look_up(verifier.journal.path, outcome.events)
    return Divergence(
        number=outcome.events + 1,
        expected=_ended(recorded),
        actual=_ended(outcome),
        expected_enabled=None,
        actual_enabled=enabled,
        last_common=_phrase(last) if last is not None else "",
        causes=_causes(verifier, recorded),
    )


def _failures(outcome: Outcome) -> list[tuple[str, list[str]]]:
    return [(failure.kind.value, failure.threads) for failure in outcome.failures]


def _ended(outcome: Outcome) -> str:
    if outcome.failures:
        return f"the end, with a failure: {outcome.failures[0].message}"
    return f"the end, without a failure, with exit status {outcome.exit_status}"


def _causes(verifier: Verifier, recorded: Outcome | None) -> list[str]:
    """Why it is likely to have diverged, the likeliest reason first."""
    settings = verifier.schedule.settings
    causes = []
    files = changed(recorded.sources if recorded is not None else {})
    if files:
        causes.append(f"the source has changed since the recording: {', '.join(files)}")
    if settings.python and not same_python(settings.python):
        causes.append(
            f"it was recorded on Python {settings.python}, and this is {THIS_PYTHON}, "
            "whose library may use other operations"
        )
    if settings.clock == "real":
        causes.append("it was recorded with --clock real: what depends on the machine's time cannot be repeated")
    if verifier.moved and not files:
        causes.append(f"lines have moved in {', '.join(sorted(verifier.moved))}: the source may have changed")
    if verifier.expected is None:
        causes.append("the schedule may be that of another program, of another version of it, or of other arguments")
    if not causes:
        causes.append(
            "the program uses something that is not under control: files, the network, the date, the environment, "
            "the order of sets of objects (which hash by address), or other processes"
        )
    return causes


def _look_up(path: str, number: int) -> tuple[Event | None, Event | None, list[str]]:
    """The event before `number`, that event, and the threads that were enabled when it happened."""
    before = found = None
    names = ["MainThread"]
    enabled: list[int] | int = []
    try:
        with TraceReader(path) as reader:
            for event in reader:
                if event.number == 1:
                    names = [event.thread]
                if event.enabled is not None:
                    enabled = event.enabled
                if event.number == number:
                    found = event
                    break
                if event.operation == "thread.start" and event.object is not None:
                    names.append(event.object)
                before = event if event.number == number - 1 else before
    except (OSError, TraceError):  # a trace that ends in the middle of something
        pass
    if isinstance(enabled, int):
        return before, found, [f"{enabled} threads"]
    return before, found, [names[thread] for thread in enabled if 0 <= thread < len(names)]


def _phrase(event: Event) -> str:
    return phrase(event.thread, event.operation, event.object, event.result, event.place)
