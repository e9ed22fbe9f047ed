"""What `run` and `replay` share: executing a job, printing what came of it, refusing what cannot be written."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import msgspec

from replay.job import Replay
from threadtrace.explaining import Sources, causes, causes_in, in_json
from threadtrace.foresight import Foresight
from threadtrace.supervise import run_host
from tracer.outcome import Ending, Outcome, Verdict, verdict_of_run
from tracer.trace import is_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from replay.job import Job
    from tracer.analysis.finding import Finding
    from tracer.events import Event


#: A seed: what fits into a schedule.
SEED = click.IntRange(min=-(1 << 63), max=(1 << 63) - 1)


@dataclass(frozen=True)
class Shown:
    """What is printed: one JSON object, or the outcome alone where it is `quiet`; accesses to memory only if wanted."""

    as_json: bool
    quiet: bool
    memory: bool = False


def execute(job: Job, path: str, shown: Shown, *, races: str, check: bool = False, label: bool = False) -> Outcome:
    """Executes a job whose trace the user calls `path`, and prints its events and its outcome, or one JSON object.

    With `check` it is executed twice and compared; with `label` failures at the level `any` are told from those that
    happen under the GIL. `races` says what becomes of data races: `off`, `warn` or `fail`.
    """
    foresight = Foresight(races, job.trace)
    label = label and job.preempt == "any"
    if shown.as_json:
        outcome = foresight.look(_run(job, _ignore, check, foresight, label), path)
        found = [*causes(outcome, job.trace), *foresight.all_findings]
        click.echo(msgspec.json.encode(as_result(outcome, path, found, foresight.notes)).decode())
        return outcome
    from threadtrace.log import ShortLog
    from threadtrace.report import print_outcome

    log = ShortLog(show_memory=shown.memory)
    outcome = _run(job, _ignore if shown.quiet else log.print, check, foresight, label)
    log.close()
    outcome = foresight.look(outcome, path)
    print_outcome(outcome, verdict_of_run(outcome), causes(outcome, job.trace), foresight)
    click.secho(f"trace: {path}", dim=True)
    return outcome


def _run(job: Job, show: Callable[[Event], None], check: bool, foresight: Foresight, label: bool) -> Outcome:
    outcome = run_host(job, foresight.watch(show), foresight.prepare)
    if label and outcome.failures:
        from threadtrace.labelling import labelled  # it brings in all that shrinking needs

        outcome = labelled(outcome, job, job.trace)
    if not check:
        return outcome
    with tempfile.TemporaryDirectory() as folder:
        second = msgspec.structs.replace(
            job, trace=os.path.join(folder, "second.trace"), replay=Replay(job.trace, check=True)
        )
        divergence = run_host(second, _ignore).divergence
    notes = [] if divergence else ["checked: a second execution was the same, event by event"]
    return msgspec.structs.replace(outcome, divergence=divergence, notes=[*outcome.notes, *notes])


def _ignore(event: Event) -> None:
    pass


def as_result(outcome: Outcome, path: str, found: Sequence[Finding], notes: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON object of one execution, with what was `found` and `notes` on what was not looked at.

    The keys are a contract.
    """
    sources = Sources(outcome)
    elapsed = outcome.variable.get("elapsed_s", 0.0)
    failures = [
        {**msgspec.to_builtins(failure), "execution": 1, "schedule": outcome.schedule or None, "trace": path}
        | {"causes": [one.message for one in causes_in(failure, found)]}
        for failure in outcome.failures
    ]
    return {
        "verdict": verdict_of_run(outcome).value,
        "executions": 1,
        "events": outcome.events,
        "points": outcome.points,
        "threads": outcome.threads,
        "elapsed_s": elapsed,
        "executions_per_s": round(1 / elapsed, 3) if elapsed else 0.0,
        "failures": failures,
        "warnings": [*outcome.warnings, *(one.message for one in found if not one.failure)],
        "findings": [in_json(one, sources) for one in found],
        "uncontrolled": outcome.uncontrolled,
        "notes": [*outcome.notes, *notes],
        "divergence": msgspec.to_builtins(outcome.divergence),
        "schedule": outcome.schedule or None,
        "ending": outcome.ending.value,
        "exit_status": outcome.exit_status,
        "abandoned": outcome.abandoned,
        "trace": path,
    }


def exit_status(outcome: Outcome) -> int:
    """Of the whole command: the program's own, where there is nothing else to say."""
    verdict = verdict_of_run(outcome)
    if verdict is Verdict.DIVERGED:
        return 3
    if verdict is Verdict.FAILED:
        return 1
    if outcome.ending is Ending.INTERRUPTED:
        return 130
    if verdict is Verdict.NOTHING_TESTED:
        return 4
    return outcome.exit_status or 0


def default_trace(program: str, module: bool) -> str:
    """The name of the trace of a program, in the current folder."""
    name = program.rpartition(".")[2] if module else os.path.splitext(os.path.basename(program))[0]
    return (name if name and name.isprintable() and os.path.basename(name) == name else "program") + ".trace"


def check_writable(path: str) -> None:
    """Refuses a trace path before anything runs, and never lets a trace replace what is no trace."""
    folder = os.path.dirname(os.path.abspath(path))
    hint = "choose another place with --trace PATH"
    if not os.path.isdir(folder):
        raise click.ClickException(f"{path}: there is no folder {folder}; {hint}")
    if not os.path.exists(path):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(path)
        except OSError as error:
            raise click.ClickException(f"{path}: the trace cannot be written: {error.strerror}; {hint}") from None
        return
    if not os.path.isfile(path):
        raise click.ClickException(f"{path}: is not a regular file; {hint}")
    try:
        if os.path.getsize(path) and not is_trace(path):
            raise click.ClickException(f"{path}: exists and is not a trace, so it is not overwritten; {hint}")
        os.close(os.open(path, os.O_WRONLY))
    except OSError as error:
        raise click.ClickException(f"{path}: the trace cannot be written: {error.strerror}; {hint}") from None
