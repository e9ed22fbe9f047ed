"""What a test is explored with: its mark, the command line, what is left of the budget."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from threadtrace.api import explore

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Unless the mark or the command line say otherwise: a marked test takes less than two seconds.
TIME_LIMIT = 1.5

#: Options of the command line that a mark has, too.
_OPTIONS = ("strategy", "executions", "time_limit", "preempt", "clock", "seed", "include")

#: What a mark may say.
_KNOWN = {*inspect.signature(explore).parameters} - {
    "function", "setup", "check", "invariant", "trace", "name", "on_progress", "jobs",
}  # fmt: skip

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def settings_of(item: pytest.Item) -> dict[str, Any]:
    """The keywords for `explore`. Raises UsageError for a mark that makes no sense."""
    settings: dict[str, Any] = {}
    for mark in reversed([*item.iter_markers("threadtrace")]):  # the closest one last
        settings |= _checked(mark, item.nodeid)
    options = item.config.option
    for name in _OPTIONS:
        given = getattr(options, f"threadtrace_{name}")
        if given is not None and given != []:
            settings[name] = given
    if "time_limit" not in settings and "executions" not in settings:
        settings["time_limit"] = TIME_LIMIT
    return settings


def _checked(mark: pytest.Mark, where: str) -> Mapping[str, Any]:
    if mark.args:
        raise pytest.UsageError(f"{where}: @pytest.mark.threadtrace takes keywords only, such as executions=1000")
    for name in mark.kwargs:
        if name not in _KNOWN:
            raise pytest.UsageError(
                f"{where}: @pytest.mark.threadtrace knows no {name!r}; it knows {', '.join(sorted(_KNOWN))}"
            )
    return mark.kwargs


def seconds_of(text: str) -> float:
    """`60s`, `5m` or `1.5h` in seconds. Raises UsageError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip())
    if match is None or match[2] not in _UNITS or not float(match[1]):
        raise pytest.UsageError(f"--threadtrace-budget {text}: is no time, such as 60s, 5m or 1h")
    return float(match[1]) * _UNITS[match[2]]
