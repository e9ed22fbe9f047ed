"""Rows as text: in columns by thread, or in one list where there are too many threads for the width.

No two rows stand side by side, for threads run one at a time. So a row may reach into the columns to the right of its
own, and columns are told by where they begin: they need far less width than their rows.
"""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from threadtrace.columns.rows import Fold, Row
from threadtrace.columns.words import clean, short, some
from threadtrace.log import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from threadtrace.columns.choosing import Chosen
    from threadtrace.columns.words import Words

#: Between the widest row of a column and the next column, and between the source and what was done.
_GAP = 3

#: Columns do not begin closer to each other than this, or they could not be told apart.
_NARROWEST_STEP = 8

#: A row is broken rather than given less than this; the second is where columns are given up.
_COMFORTABLE_ROW = 46
_NARROWEST_ROW = 34

#: A column is no wider than this, however long its rows are; and it has room for so much of each, if there is any.
_WIDEST_COLUMN = 42
_WIDEST_ROW = 72

#: What was done stands in line below each other, unless the source is longer than this.
_LONGEST_ALIGNED = 40

#: Labels are cut at this.
_LONGEST_LABEL = 30

#: The names of files, without `.py`, are cut at this, or at less where the width is small.
_LONGEST_FILE = 16
_SHORTEST_FILE = 4

#: What was done, and an ending, take so many lines at most.
_MOST_LINES = 4

#: The labels stand above each page of so many lines.
_PAGE = 40

_PREEMPTED = " preempted "


@dataclass(slots=True)
class Text:
    """A row as text, not yet broken."""

    place: str
    source: str
    done: str


class Layout:
    """What was chosen, as lines of at most `width` characters, if that can be."""

    def __init__(self, chosen: Chosen, words: Words, width: int) -> None:
        self._chosen = chosen
        self._width = width
        self._texts: dict[Row, Text] = {}
        rows = [one for one in chosen.items if isinstance(one, Row)]
        names = _names_of_files((row.place for row in rows), max(_SHORTEST_FILE, min(_LONGEST_FILE, width // 8)))
        for row in rows:
            source = words.source(row)
            done = words.done(row, source)
            file, _, line = row.place.rpartition(":")
            place = f"{names[file]}:{line}" if len(names) > 1 and file else line
            self._texts[row] = Text(clean(place), source, done)
        self._place_width = max((len(one.place) for one in self._texts.values()), default=0)
        self._aligned = dict.fromkeys(chosen.threads, 0)
        for row, text in self._texts.items():
            if text.source and text.done and self._aligned[row.thread] < len(text.source) <= _LONGEST_ALIGNED:
                self._aligned[row.thread] = len(text.source)
        self._labels = [short(clean(one), _LONGEST_LABEL) for one in chosen.threads]
        self._colours = {one: COLOURS[number % len(COLOURS)] for number, one in enumerate(chosen.threads)}

    def columns(self) -> list[str] | None:
        """In columns; None where there are too many for the width."""
        starts = self._starts()
        if starts is None:
            return None
        begin = dict(zip(self._chosen.threads, starts, strict=True))
        heads = list(self._heads(starts))
        blocks = list(self._blocks(begin, listed=False))
        left = sum(map(len, blocks))
        lines, since = list(heads), 0
        for block in blocks:
            if since >= _PAGE and left >= _PAGE // 2:
                lines += heads
                since = 0
            lines += block
            since += len(block)
            left -= len(block)
        return lines

    def one_list(self) -> list[str]:
        """Below each other, with its label where a thread goes on."""
        longest = max(map(len, self._labels), default=0)
        begin = min(longest, max(_NARROWEST_STEP, self._width // 4)) + 2
        blocks = self._blocks(dict.fromkeys(self._chosen.threads, begin), listed=True)
        return [line for block in blocks for line in block]

    # Where columns begin -------------------------------------------------------------------------------------

    def _starts(self) -> list[int] | None:
        natural = {thread: len(label) for thread, label in zip(self._chosen.threads, self._labels, strict=True)}
        for row, text in self._texts.items():
            natural[row.thread] = max(natural[row.thread], min(self._natural(row, text), _WIDEST_ROW))
        widths = list(natural.values())
        roomy = [max(_NARROWEST_STEP, len(label) + 2) for label in self._labels]
        tight = [_NARROWEST_STEP] * len(widths)
        for narrowest, steps in itertools.product((_COMFORTABLE_ROW, _NARROWEST_ROW), (roomy, tight)):
            for most in range(max([*widths, narrowest]), narrowest - 1, -1):
                starts = _placed([min(one, most) for one in widths], steps, self._width)
                if starts:
                    return starts
        return None

    def _natural(self, row: Row, text: Text) -> int:
        width = len(text.source or text.done)
        if text.source and text.done:
            width = max(width, self._aligned[row.thread]) + _GAP + len(text.done)
        ending = len(row.ending.text) + 2 if row.ending is not None else 0
        return self._place_width + 2 + max(width, min(ending, _COMFORTABLE_ROW))

    def _heads(self, starts: Sequence[int]) -> Iterator[str]:
        """The labels in one line, or, where they are longer than the columns are apart, in a line each."""
        labels = [
            click.style(label, fg=self._colours[thread], bold=True)
            for thread, label in zip(self._chosen.threads, self._labels, strict=True)
        ]
        ends = [start + len(label) for start, label in zip(starts, self._labels, strict=True)]
        if all(end < start for end, start in zip(ends, starts[1:], strict=False)):
            yield _at(*zip(starts, ends, labels, strict=True))
            return
        for number, label in enumerate(labels):
            rules = [(start, start + 1, click.style("│", dim=True)) for start in starts[:number]]
            yield _at(*rules, (starts[number], ends[number], label))

    # The rows ------------------------------------------------------------------------------------------------

    def _blocks(self, begin: dict[str, int], *, listed: bool) -> Iterator[list[str]]:
        """The lines of each row or fold."""
        before: Row | Fold | None = None
        for item in self._chosen.items:
            if isinstance(item, Fold):
                yield [self._fold(item, begin)]
                before = item
                continue
            start = begin[item.thread]
            going_on = isinstance(before, Row) and before.thread == item.thread
            block: list[str] = []
            if isinstance(before, Row) and not going_on and before.preempted:
                block.append(self._preemption(begin[before.thread], start))
            label = short(clean(item.thread), start - 2) if listed and not going_on else ""
            for line in self._row(item, max(self._width - start, _NARROWEST_STEP)):
                styled = click.style(label, fg=self._colours[item.thread], bold=True) if label else ""
                block.append(_at((0, len(label), styled), (start, 0, line)))
                label = ""
            yield block
            before = item

    def _fold(self, fold: Fold, begin: dict[str, int]) -> str:
        threads = list(fold.threads)
        if not fold.times:
            text = f"… {fold.rows:,} rows of {some(threads, 4)} …"
            return click.style(short(text, self._width), dim=True)
        size = fold.rows // fold.times
        what = "the same row" if size == 1 else f"the same {size} rows"
        start = min((begin[one] for one in threads if one in begin), default=0)
        text = f"{'⋮':>{self._place_width}}  {what}, {fold.times:,} times more"
        return _at((start, 0, click.style(short(text, self._width - start), dim=True)))

    def _preemption(self, left: int, reached: int) -> str:
        """A line from the column of the thread that was preempted to that of the one which went on."""
        offset = max(self._place_width - 1, 0)
        room = abs(reached - left) - 1
        fits = room >= len(_PREEMPTED) + 2
        rule = "─" * (room - len(_PREEMPTED) - 1) if fits else "─" * room
        after = "" if fits else _PREEMPTED.rstrip()
        if left == reached:
            text = f"└─{_PREEMPTED}"
        elif left < reached:
            text = f"└{'─' + _PREEMPTED if fits else ''}{rule}┐{after}"
        else:
            text = f"┌{rule}{_PREEMPTED + '─' if fits else ''}┘{after}"
        return _at((min(left, reached) + offset, 0, click.style(text.rstrip(), fg="yellow")))

    def _row(self, row: Row, width: int) -> Iterator[str]:
        text = self._texts[row]
        indent = self._place_width + 2
        room = max(width - indent, _NARROWEST_STEP)
        colour = self._colours[row.thread]
        place = click.style(text.place.rjust(self._place_width), fg=colour) + "  "
        if not text.source:
            for line in _broken(text.done, room):
                yield place + click.style(line, fg=colour)
                place = " " * indent
        else:
            padded = text.source.ljust(self._aligned[row.thread]) if text.done else text.source
            beside = [one for one in (padded, text.source) if len(one) + _GAP + len(text.done) <= room]
            if text.done and beside:
                yield place + beside[0] + " " * _GAP + click.style(text.done, fg=colour)
            else:
                yield place + short(text.source, room)
                for line in _broken(text.done, room - 2):
                    yield " " * (indent + 2) + click.style(line, fg=colour)
            place = " " * indent
        if (ending := row.ending) is not None:
            mark = "■ " if ending.waits else "✗ "
            for line in _broken(ending.text, room - len(mark)):
                yield place + click.style(mark + line, fg="red" if ending.failed else "yellow", bold=ending.failed)
                place, mark = " " * indent, " " * len(mark)


def _placed(widths: Sequence[int], steps: Sequence[int], width: int) -> list[int]:
    """Where columns with rows of these widths begin, as far apart as there is room for; empty where there is none."""
    for widest in range(_WIDEST_COLUMN, -1, -1):
        apart = (max(min(one, widest) + _GAP, step) for one, step in zip(widths, steps, strict=True))
        starts = [0, *itertools.accumulate(apart)][:-1]
        if all(start + one <= width for start, one in zip(starts, widths, strict=True)):
            return starts
    return []


def _names_of_files(places: Iterable[str], longest: int) -> dict[str, str]:
    """A short name for each file: the last part of its path, and one more where that is not the only one."""
    files = {
        file: file.replace("\\", "/").split("/") for file in dict.fromkeys(one.rpartition(":")[0] for one in places)
    }
    files.pop("", None)
    count = Counter(parts[-1] for parts in files.values())
    shown: dict[str, str] = {}
    for file, parts in files.items():
        name = "/".join(parts[-1 if count[parts[-1]] == 1 else -2 :])
        stem, dot, ending = name.rpartition(".")
        shown[file] = f"{short(stem, longest)}{dot}{ending}" if dot else short(name, longest)
    return shown


def _broken(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, _NARROWEST_STEP), max_lines=_MOST_LINES, placeholder=" …")


def _at(*parts: tuple[int, int, str]) -> str:
    """Parts of a line: where each begins and ends, and its styled text."""
    line = ""
    end = 0
    for start, stop, text in parts:
        line += " " * (start - end) + text
        end = max(start, stop)
    return line.rstrip()
