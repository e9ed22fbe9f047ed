"""Random programs of locks, their traces, and the deadlocks that they can come to, by trying every interleaving.

A program is a list of operations for each thread: `acquire` and `release` a lock, `start` and `join` a thread, `set`
an event and `wait` for it, `post` a permit of a semaphore that begins with none and `take` it. Thread 0 is the main
thread. There is no branch in it, so that every execution that ends has all of its operations. The enumeration shares
no code with the analysis, and is as simple as it can be.
"""

from __future__ import annotations

import random

from tracer.events import Event

_SIGNALS = {
    "set": ("event.set", None),
    "wait": ("event.wait", True),
    "post": ("semaphore.release", 1),
    "take": ("semaphore.acquire", True),
}


def random_program(seed, threads=3, locks=3):
    """Up to three threads beside the main one, that lock nested sections, some behind a gate, and are joined."""
    draw = random.Random(seed)
    count = draw.randint(2, threads)
    workers = [_sections(draw, locks, draw.randint(1, 2)) for _ in range(count)]
    main = []
    running = []
    for number in range(1, count + 1):
        if draw.random() < 0.35:
            main += _sections(draw, locks, 1)
        if draw.random() < 0.3:
            lock = draw.randrange(locks)
            main += [
                ("acquire", lock),
                ("start", number),
                *([("join", number)] * draw.randint(0, 1)),
                ("release", lock),
            ]
        else:
            main.append(("start", number))
        running.append(number)
        if draw.random() < 0.25:
            main.append(("join", running.pop(draw.randrange(len(running)))))
    main += [("join", number) for number in running]
    program = [main, *workers]
    if count > 1 and draw.random() < 0.2:  # one worker joins another
        program[1].insert(draw.randrange(len(program[1]) + 1), ("join", 2))
    return program


def signal_program(seed):
    """The same with signals: events, and semaphores without permits."""
    draw = random.Random(seed)
    program = random_program(seed, threads=2)
    for number in range(draw.randint(1, 3)):
        give, take = draw.choice([("set", "wait"), ("post", "take")])
        for step in [give] * draw.randint(1, 2) + [take] * draw.randint(1, 2):
            steps = draw.choice(program[1:])
            steps.insert(draw.randrange(len(steps) + 1), (step, number))
    return program


def ring_program(seed, size=4):
    """Threads that each take two neighbours of a ring of locks, some behind a gate, some after others have ended."""
    draw = random.Random(seed)
    workers = []
    for number in range(size):
        pair = [number, (number + 1) % size]
        if draw.random() < 0.1:
            pair.reverse()
        gate = [size] if draw.random() < 0.2 else []
        workers.append(
            [("acquire", lock) for lock in [*gate, *pair]] + [("release", lock) for lock in [*pair[::-1], *gate]]
        )
    main = []
    for number in range(1, size + 1):
        main.append(("start", number))
        if draw.random() < 0.05:
            main.append(("join", number))
    main += [("join", number) for number in range(1, size + 1) if ("join", number) not in main]
    return [main, *workers]


def _sections(draw, locks, count):
    steps = []
    for _ in range(count):
        chosen = draw.sample(range(locks), draw.randint(1, min(3, locks)))
        steps += [("acquire", lock) for lock in chosen]
        releases = list(chosen)
        if draw.random() < 0.7:
            releases.reverse()
        else:
            draw.shuffle(releases)
        steps += [("release", lock) for lock in releases]
    return steps


def enabled(program, at):
    """The threads that can execute their next operation."""
    owners = _owners(program, at)
    started = {0} | {
        step[1] for thread, steps in enumerate(program) for step in steps[: at[thread]] if step[0] == "start"
    }
    found = []
    for thread, steps in enumerate(program):
        if thread not in started or at[thread] == len(steps):
            continue
        what, which = steps[at[thread]]
        if what == "acquire" and which in owners:
            continue
        if what == "join" and (which not in started or at[which] < len(program[which])):
            continue
        if what == "wait" and not _executed(program, at, ("set", which)):
            continue
        if what == "take" and _executed(program, at, ("post", which)) <= _executed(program, at, (what, which)):
            continue
        found.append(thread)
    return found


def _executed(program, at, step):
    """How often a step was executed."""
    return sum(steps[: at[thread]].count(step) for thread, steps in enumerate(program))


def _owners(program, at):
    owners = {}
    for thread, steps in enumerate(program):
        held = set()
        for what, which in steps[: at[thread]]:
            if what == "acquire":
                held.add(which)
            elif what == "release":
                held.remove(which)
        owners.update(dict.fromkeys(held, thread))
    return owners


def deadlocks(program):
    """Every cycle that can be reached: as a set of (thread, position of its acquire)."""
    found = set()
    start = (0,) * len(program)
    seen, left = {start}, [start]
    while left:
        at = left.pop()
        found |= _cycles(program, at)
        for thread in enabled(program, at):
            following = (*at[:thread], at[thread] + 1, *at[thread + 1 :])
            if following not in seen:
                seen.add(following)
                left.append(following)
    return found


def _cycles(program, at):
    """The cycles of threads that each stand before an acquire of a lock of the next one."""
    owners = _owners(program, at)
    waits = {}
    for thread, steps in enumerate(program):
        if at[thread] < len(steps) and at[thread] and steps[at[thread]][0] == "acquire":
            waits[thread] = owners.get(steps[at[thread]][1])
    found = set()
    for first, thread in waits.items():
        ring = [first]
        while thread in waits and thread not in ring:
            ring.append(thread)
            thread = waits[thread]
        if thread == first:
            found.add(frozenset((one, at[one]) for one in ring))
    return found


def trace_of(program, seed):
    """The events of one execution that comes to its end, and where each is in the program; None if none was found."""
    draw = random.Random(seed)
    for _ in range(50):
        at = [0] * len(program)
        events, where = [], {}
        begun = set()

        def log(thread, operation, target=None, result=None, place="", events=events, **more):
            events.append(Event(len(events) + 1, f"T{thread}", operation, target, result, place, **more))

        while can := enabled(program, tuple(at)):
            thread = draw.choice(can)
            if thread not in begun:
                begun.add(thread)
                log(thread, "thread.begin")
            what, which = program[thread][at[thread]]
            place = f"p.py:{thread * 100 + at[thread]}"
            if what in ("acquire", "release"):
                log(thread, f"lock.{what}", f"L{which}", True if what == "acquire" else None, place)
                where[len(events)] = (thread, at[thread])
            elif what in _SIGNALS:
                operation, result = _SIGNALS[what]
                first = not any(event.object == f"S{which}" for event in events)
                size = 0 if first and operation.startswith("semaphore") else None
                log(thread, operation, f"S{which}", result, size=size)
            else:
                log(thread, f"thread.{what}", f"T{which}", True if what == "join" else None, place)
            at[thread] += 1
            if at[thread] == len(program[thread]):
                log(thread, "thread.end")
        if all(at[thread] == len(steps) for thread, steps in enumerate(program)):
            return events, where
    return None
