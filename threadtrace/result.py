"""What `run`, `explore` and `replay` give: a result, its failures, and traces."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracer.events import Event
from tracer.trace import TraceReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracer.outcome import Outcome
    from tracer.trace import Header

#: Verdicts with which a test may pass.
_GOOD = frozenset(["passed", "exhausted", "sampled"])


class Failed(AssertionError):
    """Raised by `Result.assert_ok`: the whole report is its message, `result` the result."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.report)
        self.result = result


class NothingTested(Failed):
    """Raised by `Result.assert_ok` where no second thread, or no operation of one, was under control."""


class NotRepeatable(RuntimeError):
    """Raised by `explore` where the very first execution, which passed, fails when it is made once more."""

    def __init__(self, name: str, failure: str) -> None:
        super().__init__(
            f"{name} passes when it is executed first, and fails when it is executed once more with the very same "
            f"schedule: {failure}. It keeps something from one execution to the next, such as a global, an attribute "
            "of a class or a file: make that anew in each, in the function, in `setup`, or in a function-scoped fixture"
        )


@dataclass(frozen=True)
class Failure:
    """One way to fail, with the first execution that did.

    `kind` is `deadlock`, `exception`, `livelock`, `data-race` or `crash`; `fingerprint` tells it from others. `threads`
    and `objects` are names, `sites` places as `file:line`. `gil` says whether the GIL of this Python lets it happen,
    None where nobody looked. `execution` is the number of that execution, `times` how many failed alike. `trace` is the
    path of its recording, as simple as it could be made, and `schedule` the same as text: `replay` takes either.
    `exception` is what ended the first of its threads, where that was an exception.
    """

    kind: str
    fingerprint: str
    message: str
    threads: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    gil: bool | None = None
    execution: int = 1
    times: int = 1
    strategy: str = ""
    schedule: str = ""
    trace: str = ""
    exception: BaseException | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Result:
    """What came of it, with the fields of the JSON object of the command line.

    `verdict` is one of `passed`, `failed`, `exhausted`, `sampled`, `nothing-tested`, `uncontrolled` and `diverged`.
    `executions`, `schedules` (different orders of operations), `events` and `points` (scheduling points) are numbers,
    `elapsed_s` seconds. `uncontrolled` says what was not under control, `advice` what would make the verdict say more.
    `coverage` estimates the part of all executions that was seen, from 0 to 1; `estimate` how many different ones there
    are, None where nobody knows. `value` is what the function gave back in the last execution of `run` and `replay`.
    """

    verdict: str
    executions: int = 1
    schedules: int = 1
    events: int = 0
    points: int = 0
    threads: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    uncontrolled: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    strategies: dict[str, int] = field(default_factory=dict)
    coverage: float = 0.0
    estimate: float | None = None
    elapsed_s: float = 0.0
    interrupted: bool = False
    trace: str = ""
    value: object = None
    #: Puts everything in words, with what makes it fail again, as a format for the path of its trace.
    write: Callable[[str], str] = field(default=lambda again: "", repr=False, compare=False)

    @property
    def report(self) -> str:
        """Everything in words, as the command line prints it."""
        return self.write("threadtrace.replay({!r}, function)")

    @property
    def ok(self) -> bool:
        """Whether something was tested, and nothing failed."""
        return self.verdict in _GOOD

    @property
    def executions_per_s(self) -> float:
        """How fast it was."""
        return self.executions / self.elapsed_s if self.elapsed_s else 0.0

    def assert_ok(self) -> Result:
        """Gives the result itself, or raises `Failed` with the report, for what was not tested `NothingTested`.

        What was not under control is no failure: `uncontrolled` tells it.
        """
        if self.ok or self.verdict == "uncontrolled":
            return self
        if self.verdict == "nothing-tested":
            raise NothingTested(self)
        raise Failed(self) from (self.failures[0].exception if self.failures else None)


class Trace:
    """A recording, whose events iterating gives.

    `threads` are their threads; `outcome` says how it ended, None where it was cut off. Raises OSError, and
    `tracer.trace.TraceError` for what is not a trace.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with TraceReader(path) as reader:
            self.header: Header = reader.header
            self.events: list[Event] = list(reader)
            self.outcome: Outcome | None = reader.outcome

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    @property
    def threads(self) -> list[str]:
        """The names of the threads, in the order of their first events."""
        return list(dict.fromkeys(event.thread for event in self.events))


def text_of(printing: Callable[[], object]) -> str:
    """What `printing` prints, without colours."""
    text = io.StringIO()
    with redirect_stdout(text):
        printing()
    return text.getvalue().strip("\n")
