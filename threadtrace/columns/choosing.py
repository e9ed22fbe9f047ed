"""Which rows of an execution are shown, and what stands between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadtrace.columns.rows import Ending, Fold, Row
from threadtrace.columns.words import clean, visible, waits
from tracer.outcome import FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threadtrace.columns.rows import Operation, Reading
    from threadtrace.columns.words import Words
    from tracer.outcome import Failure, Waiting

#: An interleaving with no more rows than this is shown whole.
_WHOLE = 60

#: Of a longer one so many rows are shown before the failure, or before the end; and so many after a failure.
_TAIL = 40
_AFTER = 3

#: Beside these, rows around so many preemptions and so many other switches, the last ones.
_PREEMPTIONS = 8
_SWITCHES = 6

#: Rows that are shown anyhow: of failures, and of threads that wait.
_MOST_FAILURES = 5
_MOST_WAITS = 20

#: Fewer rows than this are shown rather than counted; and of a loop, rather than called the same.
_WORTH_A_FOLD = 5
_WORTH_A_ROUND = 3

#: Rows that come again and again are folded if there are no more of them than this.
_LONGEST_ROUND = 8

#: An exception has no event of its own. It is looked for among so many of the last rows of its thread.
_UNWINDING = 6


@dataclass(slots=True)
class Chosen:
    """What is shown: rows and folds in their order, threads in that of their creation, and who was left out."""

    items: list[Row | Fold]
    threads: list[str]
    left_out: list[str]
    #: Threads that wait as well, but for which there is no room.
    more_waits: int = 0


def choose(reading: Reading, words: Words, *, only_concerned: bool = False) -> Chosen:
    """The rows that matter. With `only_concerned` those of threads that have to do with the failures."""
    concerned = _concerned(reading) if only_concerned else None
    items = _merged(reading, concerned)
    more_waits = _add_endings(items, reading, words, concerned)
    items = _without_repetition(items)
    items = _without_silence(_selected(items, reading), words)
    order = _in_order(reading)
    shown = {one.thread for one in items if isinstance(one, Row)}
    threads = [one for one in order if one in shown]
    left_out = [one for one in order if concerned is not None and one not in concerned]
    return Chosen(items, threads, left_out, more_waits)


def _in_order(reading: Reading) -> list[str]:
    known = reading.outcome.threads if reading.outcome is not None else ()
    return list(
        dict.fromkeys([*known, *reading.threads, *(one.thread for one in reading.items if isinstance(one, Row))])
    )


def _concerned(reading: Reading) -> set[str] | None:
    """The threads of the failures, whom they wait for, and who touched the same objects; None for all."""
    stuck: set[str] = set()
    failed: set[str] = set()
    for failure in reading.outcome.failures if reading.outcome is not None else ():
        # Who only waits for others to end has nothing to do with it.
        waiting = [one for one in failure.waiting if one.operation not in ("thread.join", "program.exit")]
        stuck |= {one.thread for one in waiting} | {holder.thread for one in waiting for holder in one.holders}
        failed |= set() if waiting else {*failure.threads}
    concerned = stuck | failed | reading.beside(stuck | failed)
    # What a thread got from others may be in no event: accesses to memory are not always traced.
    return concerned if stuck or concerned > failed else None


def _merged(reading: Reading, concerned: set[str] | None) -> list[Row | Fold]:
    """New rows of the operations that matter; two of one thread at one line are one, if nothing came between."""
    raised = {one.threads[0] for one in _exceptions(reading) if one.threads}
    items: list[Row | Fold] = []
    elsewhere = False  # the thread of the last row was at another line meanwhile
    for item in reading.items:
        if isinstance(item, Fold):
            if items and isinstance(items[-1], Fold):
                items[-1].add(item)
            else:
                items.append(Fold(item.rows, dict(item.threads)))
            continue
        if concerned is not None and item.thread not in concerned:
            continue
        last = items[-1] if items and isinstance(items[-1], Row) and items[-1].thread == item.thread else None
        operations = visible(item.operations, reading)
        if item.thread in raised:
            operations = [one for one in operations if one[0] != "thread.end"]
        if not operations:
            if last is not None:
                elsewhere = elsewhere or item.place not in ("", last.place)
                last.switched, last.preempted = item.switched, item.preempted
            continue
        # The end of a thread is at no line: what comes before it there may concern nobody.
        place = item.place if any(name != "thread.end" for name, _, _ in operations) else ""
        if last is not None and place in ("", last.place) and not (elsewhere and _are_apart(last, place, operations)):
            before = len(last.operations)
            if all(last.add(one) for one in operations):
                last.switched, last.preempted, last.holds = item.switched, item.preempted, last.holds + item.holds
                last.omitted += item.omitted
                continue
            del last.operations[before:]
        elsewhere = False
        items.append(
            Row(
                item.thread,
                place,
                operations,
                item.omitted,
                item.switched,
                item.preempted,
                holds=item.holds,
            )
        )
    return items


def _are_apart(row: Row, place: str, operations: list[Operation]) -> bool:
    """Whether it must be told that a thread was elsewhere between; not of a loop that starts threads, or joins them."""
    return bool(place) and not all(name.startswith("thread.") for name, _, _ in (*row.operations, *operations))


def _exceptions(reading: Reading) -> list[Failure]:
    failures = reading.outcome.failures if reading.outcome is not None else []
    return [one for one in failures if one.kind is FailureKind.EXCEPTION]


def _add_endings(items: list[Row | Fold], reading: Reading, words: Words, concerned: set[str] | None) -> int:
    """Adds where exceptions ended threads, and where the others wait; returns how many more wait."""
    outcome = reading.outcome
    if outcome is None:
        return 0
    for failure in _exceptions(reading):
        thread = failure.threads[0] if failure.threads else ""
        if thread and (concerned is None or thread in concerned):
            message = clean(failure.message.removeprefix(f"{thread}: "))
            _add_exception(items, thread, failure.sites[0] if failure.sites else "", message)
    failed = [one for failure in outcome.failures for one in failure.waiting]
    cycle = {name for failure in outcome.failures for name in failure.cycle}
    waiting: dict[str, Waiting] = {}
    for one in sorted(failed, key=lambda one: one.thread not in cycle) + outcome.waiting:
        if concerned is None or one.thread in concerned:
            waiting.setdefault(one.thread, one)
    chosen = list(waiting.values())[:_MOST_WAITS]
    order = {name: number for number, name in enumerate(_in_order(reading))}
    names = {one.thread for one in failed}
    for one in sorted(chosen, key=lambda one: order.get(one.thread, -1)):
        place, source = words.waiting_source(one)
        last = items[-1] if items else None
        if not isinstance(last, Row) or (last.thread, last.place) != (one.thread, place) or last.ending:
            last = Row(one.thread, place, [], source=source)
            items.append(last)
        objects = (one.object, reading.locks.get(one.object, one.object)) if one.object is not None else ()
        last.ending = Ending(waits(one), waits=True, failed=one.thread in names, waits_for=objects)
    return len(waiting) - len(chosen)


def _add_exception(items: list[Row | Fold], thread: str, site: str, message: str) -> None:
    """Puts an exception behind the row where it was raised, or before those of locks released on the way out."""
    own = [number for number, one in enumerate(items) if isinstance(one, Row) and one.thread == thread]
    for number in reversed(own[-_UNWINDING:]):
        row = items[number]
        assert isinstance(row, Row)
        if row.place == site and row.ending is None:
            row.ending = Ending(message)
            return
    position = own[-1] + 1 if own else len(items)
    for number in reversed(own):
        row = items[number]
        assert isinstance(row, Row)
        if any(not one[0].endswith((".release", ".end")) for one in row.operations):
            break
        position = number
    items.insert(position, Row(thread, site, [], ending=Ending(message)))


def _without_repetition(items: list[Row | Fold]) -> list[Row | Fold]:
    """Of rounds that are all alike, the first, the last, and a fold for those between."""
    keys = [_key(one) for one in items]
    result: list[Row | Fold] = []
    at = 0
    while at < len(items):
        size, times = _rounds(keys, at)
        hidden = items[at + size : at + size * (times - 1)]
        if len(hidden) < _WORTH_A_ROUND:
            result.append(items[at])
            at += 1
            continue
        fold = Fold(times=times - 2)
        for one in hidden:
            fold.add(one)
        last = at + size * (times - 1)
        result += [*items[at : at + size], fold, *items[last : last + size]]
        at = last + size
    return result


def _key(item: Row | Fold) -> object:
    """Equal for rows that are alike but for the values of variables."""
    if isinstance(item, Fold) or item.ending:
        return item
    done = tuple(
        (name, target, None if name.startswith("memory.") else result) for name, target, result in item.operations
    )
    return item.thread, item.place, done, item.preempted


def _rounds(keys: Sequence[object], at: int) -> tuple[int, int]:
    """How many rows make a round that begins here, and how many rounds there are; of the most rows together."""
    best = (1, 1)
    for size in range(1, _LONGEST_ROUND + 1):
        if at + size >= len(keys) or keys[at] != keys[at + size]:
            continue
        end = at + size
        while end < len(keys) and keys[end] == keys[end - size]:
            end += 1
        times = (end - at) // size
        if size * times > best[0] * best[1] and times > 2:
            best = (size, times)
    return best


def _selected(items: list[Row | Fold], reading: Reading) -> list[Row | Fold]:
    """All rows where they are few; else those around failures, switches and locks that are held at the end."""
    rows = [number for number, one in enumerate(items) if isinstance(one, Row)]
    if len(rows) <= _WHOLE:
        return items
    shown = _wanted([one for one in items if isinstance(one, Row)], reading)
    wanted = {rows[number] for number in shown}
    result: list[Row | Fold] = []
    at = 0
    while at < len(items):
        if at in wanted or (isinstance(items[at], Fold) and {at - 1, at + 1} <= wanted):
            result.append(items[at])
            at += 1
            continue
        end = at
        while end < len(items) and end not in wanted:
            end += 1
        gap = items[at:end]
        fold = Fold()
        for one in gap:
            fold.add(one)
        result += gap if fold.rows < _WORTH_A_FOLD else [fold]
        at = end
    return result


def _without_silence(items: list[Row | Fold], words: Words) -> list[Row | Fold]:
    """One row for several of the same line of which there is nothing to tell."""
    result: list[Row | Fold] = []
    silent: tuple[str, str] | None = None  # the thread and the place of the row before
    for item in items:
        if isinstance(item, Fold) or item.ending is not None or words.done(item, words.source(item)):
            silent = None
        elif silent == (item.thread, item.place):
            result[-1] = item
            continue
        else:
            silent = (item.thread, item.place)
        result.append(item)
    return result


def _wanted(rows: list[Row], reading: Reading) -> set[int]:
    """The rows that are shown, by their positions."""
    last = len(rows) - 1
    endings = [(number, row.ending) for number, row in enumerate(rows) if row.ending is not None]
    failures = [number for number, ending in endings if not ending.waits]
    wanted: set[int] = set()
    for count, number in enumerate(failures[:_MOST_FAILURES]):
        wanted.update(range(number - (_TAIL if not count else _AFTER) + 1, number + _AFTER))
    wanted.update(range(last - (_AFTER if failures else _TAIL) + 1, last + 1))
    wanted.update(number for number, ending in endings if ending.waits)
    wanted.update(_holding(rows, reading))
    far = [number for number, row in enumerate(rows) if row.switched and number not in wanted]
    for number in [one for one in far if rows[one].preempted][-_PREEMPTIONS:]:
        wanted.update(range(number - 1, number + 3))
    for number in [one for one in far if not rows[one].preempted][-_SWITCHES:]:
        wanted.update((number, number + 1))
    return {number for number in wanted if 0 <= number <= last}


def _holding(rows: list[Row], reading: Reading) -> list[int]:
    """Where what is waited for at the end was acquired."""
    waited = {one for row in rows if row.ending is not None for one in row.ending.waits_for}
    return [
        number
        for number, row in enumerate(rows)
        if row.holds and any(reading.locks.get(one or "", one) in waited for _, one, _ in row.operations)
    ]
