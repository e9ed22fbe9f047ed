"""Traces of functions that are executed in this process."""

from __future__ import annotations

from replay.execution import Execution
from tracer.journal import Journal
from tracer.labels import Labels
from tracer.trace import FORMAT, Header, TraceReader

HEADER = Header(
    threadtrace=FORMAT, version="", python="", program="prog.py", arguments=[], module=False, seed=0, strategy="",
    preempt="", clock="", hash_seed=0,
)  # fmt: skip


def traced(path, main, **settings):
    """Executes `main` under control; returns its events and its outcome."""
    labels = Labels()
    journal = Journal(str(path / "x.trace"), HEADER, labels)
    execution = Execution(main, recorder=journal, labels=labels, **settings)
    execution.run()
    outcome = execution.outcome()
    journal.close(outcome)
    execution.close()
    with TraceReader(journal.path) as reader:
        return list(reader), outcome
