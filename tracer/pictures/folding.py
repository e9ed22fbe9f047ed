"""What stands together in a wait-for picture, so that a thousand threads fit on a page.

Of a long *chain*, in which each thread waits for the next one only, the ends stay, and of a ring its beginning and its
end. Threads (and objects) that stand in the same relations become one box. They are found by *colour refinement*
(Weisfeiler and Leman, 1968): all that look alike begin with one colour, and whoever has arrows to different colours
gets different ones. So 37 workers that wait in one queue are one box, and so are 500 workers that each wait for a lock
of their own. What is left beyond a page is left out.

A few rounds are enough: more would tell the middle of a long chain from its end, which is no difference to a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.pictures.relations import MUST, Key, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from tracer.pictures.relations import Link

#: So many that stand in the same relations are drawn one by one: the eye still counts them.
ALIKE = 6

#: A ring or a chain of so many threads is drawn whole. With its objects it fills a page from top to bottom.
LONGEST_CHAIN = 8

#: How many threads of a longer one are drawn at each end.
CHAIN_END = 3

#: More boxes of threads than this cannot be read on a page, with their objects.
MOST_THREADS = 24

_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Group:
    """One box of the picture, for one thread or object or for several. `chain`: each waits for the next one."""

    members: tuple[Key, ...]
    chain: bool = False

    @property
    def key(self) -> Key:
        """The first of them."""
        return self.members[0]


@dataclass(frozen=True)
class Folded:
    """The boxes of a picture, by what they stand for, and the threads that have none."""

    groups: list[Group]
    where: dict[Key, Group]
    hidden: list[Key]


def fold(
    keys: Sequence[Key],
    links: Sequence[Link],
    cycle: Sequence[Key],
    alike: Callable[[Key], Hashable],
    rank: Callable[[Key], int],
) -> Folded:
    """Puts together what belongs together. `alike` says what a key looks like without its arrows.

    If there are too many boxes, those with the lowest `rank` stay.
    """
    chains = [_middle(cycle, ring=True), *(_middle(chain) for chain in _chains(links, set(cycle)))]
    groups = [Group(tuple(chain), chain=True) for chain in chains if chain]
    chained = {key for group in groups for key in group.members}
    single = {*cycle, *chained}
    for exact in (True, False):
        boxes = [*groups]
        for members in _classes(keys, links, single, alike, exact=exact):
            if len(members) > ALIKE and members[0] not in single:
                boxes.append(Group(tuple(members)))
            else:
                boxes += [Group((key,)) for key in members if key not in chained]
        if sum(box.key.thread for box in boxes) <= MOST_THREADS:
            break
    order = {key: number for number, key in enumerate(keys)}
    boxes.sort(key=lambda group: order[group.key])
    return _limited(boxes, links, rank)


def _limited(groups: list[Group], links: Sequence[Link], rank: Callable[[Key], int]) -> Folded:
    """Leaves out the threads that there is no room for, and the objects that only they have to do with."""
    threads = [group for group in groups if group.key.thread]
    kept = sorted(threads, key=lambda group: (not group.chain, rank(group.key)))[:MOST_THREADS]
    seen = {key for group in kept for key in group.members}
    seen |= {link.tail for link in links if link.head in seen} | {link.head for link in links if link.tail in seen}
    left = [group for group in groups if group in kept or (not group.key.thread and group.key in seen)]
    where = {key: group for group in left for key in group.members}
    hidden = [key for group in threads for key in group.members if key not in where and key.thread]
    return Folded(left, where, hidden)


def _middle(chain: Sequence[Key], *, ring: bool = False) -> list[Key]:
    """What is put together of a chain: from its fourth thread to the fourth from its end, with the objects between."""
    threads = [number for number, key in enumerate(chain) if key.thread]
    if len(threads) <= LONGEST_CHAIN:
        return []
    return list(chain[threads[CHAIN_END] : threads[-CHAIN_END - 1] + 1])


def _chains(links: Sequence[Link], apart: set[Key]) -> list[list[Key]]:
    """The longest paths on which each thread and each object has one arrow in and one out."""
    after: dict[Key, list[Link]] = {}
    before: dict[Key, list[Link]] = {}
    for link in links:
        after.setdefault(link.tail, []).append(link)
        before.setdefault(link.head, []).append(link)

    def inside(key: Key) -> bool:
        ends = (*after.get(key, ()), *before.get(key, ()))
        one_each = len(after.get(key, ())) == len(before.get(key, ())) == 1
        return one_each and key not in apart and all(link.role in MUST for link in ends)

    chains = []
    done: set[Key] = set()
    for key in after:
        if key in done or not inside(key) or inside(before[key][0].tail):
            continue
        chain = [key]
        while inside(following := after[chain[-1]][0].head) and following not in done:
            chain.append(following)
            done.add(following)
        chains.append(chain)
    return chains


def _classes(
    keys: Sequence[Key], links: Sequence[Link], single: set[Key], alike: Callable[[Key], Hashable], *, exact: bool
) -> list[list[Key]]:
    """Keys that stand in the same relations.

    Those of small classes are drawn one by one. So, where it is to be exact, they are told apart, and so is who has
    arrows to them.
    """
    classes: list[list[Key]] = []
    for _ in range(2 if exact else 1):
        start = _numbered([("alone", key) if key in single else (key.thread, alike(key)) for key in keys])
        colours = _refined(dict(zip(keys, start, strict=True)), links)
        grouped: dict[int, list[Key]] = {}
        for key in keys:
            grouped.setdefault(colours[key], []).append(key)
        classes = list(grouped.values())
        single = single | {key for members in classes if len(members) <= ALIKE for key in members}
    return classes


def _refined(colours: dict[Key, int], links: Sequence[Link]) -> dict[Key, int]:
    for _ in range(_ROUNDS):
        near: dict[Key, set[tuple[bool, Role, str, int]]] = {key: set() for key in colours}
        for link in links:
            near[link.tail].add((True, link.role, link.place, colours[link.head]))
            near[link.head].add((False, link.role, link.place, colours[link.tail]))
        numbers = _numbered([(colours[key], frozenset(near[key])) for key in colours])
        colours = dict(zip(colours, numbers, strict=True))
    return colours


def _numbered(signatures: Iterable[Hashable]) -> list[int]:
    """A number for each signature, equal for equal ones."""
    known: dict[Hashable, int] = {}
    return [known.setdefault(signature, len(known)) for signature in signatures]
