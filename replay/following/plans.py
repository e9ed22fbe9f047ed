"""The plans for executions that follow something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from replay.collector import COLLECTOR
from replay.following.divergence import ended_otherwise, explain
from replay.following.expected import Expected
from replay.following.realign import Realign
from replay.following.recording import open_recording
from replay.following.script import read_script
from replay.following.sources import same_python, unchanged
from replay.following.verify import Verifier
from replay.job import how_far
from replay.plan import Plan
from replay.strategies import make_fair
from replay.strategies.follow import Follow
from replay.strategies.scripted import Scripted
from tracer.operations import OUTSIDE
from tracer.outcome import Ending, Outcome
from tracer.places import shown_path

if TYPE_CHECKING:
    from replay.following.recording import Recording
    from replay.following.schedule import Schedule
    from replay.job import Job, Replay, Stops
    from replay.kernel import Kernel
    from replay.strategies import Choose
    from tracer.journal import Journal


def replay_plan(job: Job, replay: Replay, journal: Journal) -> Plan:
    """The plan for a replay. Raises RecordingError for what cannot be replayed."""
    plan = _plan(job, replay, journal)
    if replay.stops is not None:
        _debug(plan, job, journal, replay.stops)
    return plan


def _plan(job: Job, replay: Replay, journal: Journal) -> Plan:
    if replay.script:
        return _scripted(job, replay, journal)
    recording = open_recording(replay.source)
    if replay.realign:
        return _realigned(recording, journal)
    return _verified(job, replay, recording, journal)


def _debug(plan: Plan, job: Job, journal: Journal, stops: Stops) -> None:
    """Has the user look on."""
    from replay.debugger.session import Session

    length = plan.recorder.limit if isinstance(plan.recorder, Verifier) else 0
    session = plan.debugger = plan.recorder = Session(plan.recorder, journal, stops, job.program, length)
    begin, end = plan.begin, plan.end

    def begin_both(kernel: Kernel) -> None:
        session.kernel = kernel
        begin(kernel)

    plan.begin = begin_both
    plan.end = lambda outcome: session.finish(end(outcome))


def _then(job: Job, replay: Replay) -> Choose | None:
    """What chooses once there is nothing left to follow."""
    return make_fair(replay.then, replay.then_seed, job.preempt).choose if replay.then is not None else None


def _verified(job: Job, replay: Replay, recording: Recording, journal: Journal) -> Plan:
    """Follows the recording and compares, or compares what the strategy does by itself."""
    strategy = make_fair(job.strategy, job.seed, job.preempt) if replay.check else None
    then = _then(job, replay)
    keeps_going = recording.settings.keep_going  # then nobody is stopped, and looks for the lost as the recording did
    verifier = Verifier(
        journal,
        recording.schedule,
        Expected(recording.path) if recording.path is not None else None,
        limit=replay.limit,
        goes_on=then is not None,
        cut_off=recording.cut_off,
        unchanged=recording.outcome is not None
        and same_python(recording.settings.python)
        and unchanged(recording.outcome.sources),
        may_be_stuck=not keeps_going and (recording.outcome is None or recording.outcome.ending is Ending.DEADLOCK),
    )

    def begin(kernel: Kernel) -> None:
        verifier.kernel = kernel
        kernel.stuck.quiet_until = 0 if keeps_going else verifier.limit
        kernel.next_in_recording = verifier.next_path
        kernel.follows = strategy is None
        if COLLECTOR in recording.schedule.paths or (strategy is None and _waits_for_outside(recording.schedule)):
            kernel.always_ask()

    def end(outcome: Outcome) -> Outcome:
        verifier.finish(outcome.ending)
        notes = [*outcome.notes]
        notes += [f"{was} is now called {now}" for was, now in verifier.objects.renamed if "@" not in was]
        notes += [f"lines of {file} have moved since the recording" for file in sorted(verifier.moved)]
        failures = outcome.failures
        if outcome.ending is Ending.TRACE_ENDED:
            notes.append("the recording ends here: " + _how_it_was_cut_off(recording))
            failures = [*failures, *(recording.outcome.failures if recording.outcome is not None else [])]
        divergence = explain(verifier, recording.outcome)
        if divergence is None and replay.limit is None and then is None:
            divergence = ended_otherwise(verifier, recording.outcome, outcome)
        if divergence is None and not replay.check:
            notes.append(how_far(verifier.count, verifier.limit, replay.then))
        return msgspec.structs.replace(outcome, divergence=divergence, notes=notes, failures=failures)

    return Plan(strategy or Follow(verifier, then), verifier, begin, end)


def _waits_for_outside(schedule: Schedule) -> bool:
    """Whether there are threads that something outside lets go on: which of them comes first may differ now."""
    return any(operation.startswith(OUTSIDE) for _, operation, _ in schedule.symbols)


def _scripted(job: Job, replay: Replay, journal: Journal) -> Plan:
    """Makes a script happen."""
    scripted = Scripted(journal, read_script(replay.source, shown_path(replay.source)), _then(job, replay))

    def begin(kernel: Kernel) -> None:
        scripted.kernel = kernel
        kernel.always_ask()

    def end(outcome: Outcome) -> Outcome:
        scripted.finish()
        return msgspec.structs.replace(
            outcome, divergence=scripted.divergence, notes=[*outcome.notes, *scripted.notes()]
        )

    return Plan(scripted, scripted, begin, end)


def _how_it_was_cut_off(recording: Recording) -> str:
    ending = recording.outcome.ending if recording.outcome is not None else Ending.KILLED
    return {
        Ending.TIME: "the program's time was up",
        Ending.INTERRUPTED: "the program was interrupted",
    }.get(ending, "the program was killed, or the file was cut off")


def _realigned(recording: Recording, journal: Journal) -> Plan:
    realign = Realign(journal, recording.schedule)

    def end(outcome: Outcome) -> Outcome:
        return msgspec.structs.replace(outcome, notes=[*outcome.notes, *realign.notes()])

    return Plan(realign, realign, end=end)
