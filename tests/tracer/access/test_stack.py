"""The variables of a frame, read where they lie."""

from __future__ import annotations

import sys
import threading

import pytest

from tests.support import execute
from tracer.access.stack import variables_of


def plain(one, two=2, *more, three=3, **others):
    four = one
    del one
    yield four


def cells(one, two):
    three = two

    def inside():
        nonlocal three
        three = one
        return later

    yield inside
    later = 4
    yield later


def free():
    one, two = [1], [2]

    def inside(three):
        def innermost():
            return one, three

        four = two
        yield innermost, four

    return inside(3)


def unset():
    if sys is None:
        never = 1
    if (lambda: never) is None:
        yield never
    yield


def comprehending(numbers):
    found = [number for number in numbers if (lambda number=number: number)]
    yield found


def caught():
    try:
        raise ValueError
    except ValueError as error:
        yield error


async def waits(one):
    two = one
    await _Nothing()
    return two


class _Nothing:
    def __await__(self):
        self.one = 1
        yield


FRAMES = {
    "plain": lambda: plain(1, 2, 3, other=4),
    "cells": lambda: cells(1, 2),
    "free": free,
    "unset": unset,
    "comprehending": lambda: comprehending([1, 2]),
    "caught": caught,
}


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_they_are_those_that_python_shows(make):
    generator = make()
    before = dict(variables_of(generator.gi_frame))  # it has not begun
    assert before == dict(generator.gi_frame.f_locals)
    for _ in generator:
        found = dict(variables_of(generator.gi_frame))
        shown = dict(generator.gi_frame.f_locals)
        assert {name: found[name] for name in shown} == shown
        assert {*found} - {*shown} <= {"number"}  # since 3.12 that of a comprehension lies there


def test_those_of_a_coroutine():
    coroutine = waits([1])
    coroutine.send(None)
    assert dict(variables_of(coroutine.cr_frame)) == {"one": [1], "two": [1]}
    coroutine.close()


def test_those_of_a_module_and_of_a_class():
    frames = {}
    exec("import sys\nclass C:\n    one = 1\n    frame = sys._getframe()\nframe = sys._getframe()", frames)
    assert variables_of(frames["C"].frame)["one"] == 1
    assert variables_of(frames["frame"]) is frames


def test_nothing_is_left_in_the_frame():
    def holds():
        held = []
        yield sys.getrefcount(held)
        yield sys.getrefcount(held)

    generator = holds()
    before = next(generator)
    assert variables_of(generator.gi_frame) == {"held": []}
    assert next(generator) == before


def test_who_looks_for_lost_threads_makes_nothing_shared():
    """What only one thread has is nobody's affair, before and after its frame was looked at."""

    def main():
        one, two = threading.Lock(), threading.Lock()
        met = threading.Barrier(2)

        def lost(first, second):
            with first:
                met.wait()
                with second:
                    pass

        def works():
            mine, lock = [], threading.Lock()
            for number in range(3000):
                with lock:
                    mine.append(number)

        for pair in (one, two), (two, one):
            threading.Thread(target=lost, args=pair).start()
        worker = threading.Thread(target=works, name="Worker")
        worker.start()
        worker.join()

    run = execute(main, preempt="any", strategy="random", seed=1)
    assert not [event for event in run.events if event[0] == "Worker" and event[2] and "mine" in event[2]]
