"""What is said of all explored tests together: a line at the end, SARIF, annotations for GitHub."""

from __future__ import annotations

import collections
import json
import os
from typing import TYPE_CHECKING, Any

import threadtrace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

#: In this order.
_VERDICTS = ("exhausted", "sampled", "passed", "failed", "diverged", "nothing-tested", "uncontrolled")

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def conclude(reports: Sequence[pytest.TestReport], reporter: pytest.TerminalReporter, sarif: str | None) -> None:
    """Prints the line at the end, and writes what is for other programs."""
    told = [dict(report.user_properties) for report in reports]
    counts = collections.Counter(str(one.get("threadtrace.verdict")) for one in told)
    executions = sum(_int(one, "threadtrace.executions") + _int(one, "threadtrace.more") for one in told)
    tests = f"{len(told):,} test{'' if len(told) == 1 else 's'}"
    verdicts = ", ".join(f"{counts[name]:,} {name}" for name in _VERDICTS if counts[name])
    reporter.write_line(f"threadtrace: {tests}, {verdicts}; {executions:,} executions")
    failures = [
        (report, json.loads(str(one["threadtrace.failure"])))
        for report, one in zip(reports, told, strict=True)
        if "threadtrace.failure" in one
    ]
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for report, failure in failures:
            reporter.write_line(_annotation(report, failure))
    if sarif:
        with open(sarif, "w", encoding="utf-8") as file:
            json.dump(_sarif(failures), file, indent=1)
        reporter.write_line(f"threadtrace: {sarif} has {len(failures)} failure{'' if len(failures) == 1 else 's'}")


def _int(properties: dict[str, object], name: str) -> int:
    return int(str(properties.get(name, 0)))


def _place(report: pytest.TestReport, failure: dict[str, Any]) -> tuple[str, int]:
    """File and line, from 1, of the failure, or of the test."""
    for site in failure["sites"]:
        file, _, line = site.rpartition(":")
        if file and line.isdigit():
            return file, max(1, int(line))
    file, number, _ = report.location
    return file, (number or 0) + 1


def _annotation(report: pytest.TestReport, failure: dict[str, Any]) -> str:
    file, line = _place(report, failure)
    message = f"{failure['message']}\n{failure['again']}"
    message = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::error file={file},line={line},title=threadtrace {failure['kind']}::{message}"


def _sarif(failures: Sequence[tuple[pytest.TestReport, dict[str, Any]]]) -> dict[str, Any]:
    results = []
    for report, failure in failures:
        file, line = _place(report, failure)
        place = {"artifactLocation": {"uri": file.replace(os.sep, "/")}, "region": {"startLine": line}}
        results.append(
            {
                "ruleId": failure["kind"],
                "level": "error",
                "message": {"text": f"{report.nodeid}: {failure['message']}\n{failure['again']}"},
                "locations": [{"physicalLocation": place}],
                "partialFingerprints": {"threadtrace/v1": failure["fingerprint"]},
            }
        )
    rules = [{"id": kind} for kind in sorted({failure["kind"] for _, failure in failures})]
    driver = {"name": "threadtrace", "version": threadtrace.__version__, "rules": rules}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
