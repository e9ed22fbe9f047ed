"""Graphs: strongly connected components and distances, without recursion, for graphs of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


def components(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The strongly connected components of two nodes and more (Tarjan, *Depth-first search*, 1972).

    Nodes and components are in the order in which `graph` has them.
    """
    order = {node: number for number, node in enumerate(graph)}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in graph:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        following: str | None = root
        while following is not None or work:
            if following is not None:
                index[following] = low[following] = len(index)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(graph.get(following, ()))))
            node, heads = work[-1]
            following = None
            for head in heads:
                if head not in index:
                    following = head
                    break
                if head in on_stack:
                    low[node] = min(low[node], index[head])
            if following is not None:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                found.append(_popped(stack, on_stack, node))
    rings = [sorted(members, key=order.__getitem__) for members in found if len(members) > 1]
    return sorted(rings, key=lambda members: order[members[0]])


def _popped(stack: list[str], on_stack: set[str], root: str) -> list[str]:
    members: list[str] = []
    while not members or members[-1] != root:
        members.append(stack.pop())
        on_stack.discard(members[-1])
    return members


def turned(graph: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The graph with all its arrows turned round, without those that leave it."""
    tails: dict[str, list[str]] = {node: [] for node in graph}
    for tail, heads in graph.items():
        for head in heads:
            if head in tails:
                tails[head].append(tail)
    return tails


def distances(tails: Mapping[str, Iterable[str]], target: str, allowed: Collection[str], limit: int) -> dict[str, int]:
    """How many arrows lead from each node to `target`, through `allowed` nodes, up to `limit`; `tails` is turned."""
    far = {target: 0}
    left = [target]
    for node in left:
        if far[node] == limit:
            break
        for tail in tails[node]:
            if tail in allowed and tail not in far:
                far[tail] = far[node] + 1
                left.append(tail)
    return far
