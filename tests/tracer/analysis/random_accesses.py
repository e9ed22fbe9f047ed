"""Random executions with all primitives and accesses to memory, and what happened before what in them, by definition.

An execution is made event by event from the state of its objects, so that it is one that can happen. With each event
the earlier ones are noted that it directly comes after, and the relation is the transitive closure of these.
"""

import random

from tracer.events import Event

MAIN = "MainThread"
PLAIN = ("x", "y", "box.value")
ELEMENTS = ("d['a']", "d['b']")
WHOLE = "d"


class Execution:
    """An execution of so many events, and `sources`: of each event the positions of those that it comes after."""

    def __init__(self, seed, length):
        self.random = random.Random(seed)
        self.events = []
        self.sources = []
        self.last = {}  # thread -> position of its last event
        self.ready = {MAIN: 0}  # threads that are alive and not inside something, and their numbers
        self.inside = {}  # thread -> what it waits in, and the events that let it go on; None for those yet
        self.numbers = {MAIN: 0}
        self.started, self.ended = {}, {}
        self.owner = {"lock": None, "rlock": None, "guard": None}
        self.depth = {}
        self.released = {name: [] for name in self.owner}
        self.waiters = []
        self.size = self.random.choice([0, 1, 2])
        self.permits = [None] * self.size
        self.sets, self.clears, self.flag = [], [], False
        self.parties = self.random.choice([2, 2, 3])
        self.arrived = []
        self.sent = []
        self.seen = set()
        self.left = []  # when threads left the barrier
        self.acting = None  # who executes the barrier's action
        self.pace = self.random.choice([0.2, 0.5, 0.8])
        self.add(MAIN, "thread.begin")
        for name in "ABC"[: self.random.choice([2, 2, 3])]:
            self.start(MAIN, name)
        while len(self.events) < length:
            self.step()

    def add(self, thread, operation, target=None, result=None, sources=(), **more):
        """The next event."""
        position = len(self.events)
        if target is not None and target not in self.seen and not operation.startswith("thread."):
            self.seen.add(target)
            if operation.startswith("semaphore."):
                more["size"] = self.size
            if operation.startswith("barrier."):
                more["size"] = self.parties
            if operation.startswith("condition."):
                more["lock"] = "guard"
            if target in ELEMENTS:
                more["part_of"] = WHOLE
        place = f"p.py:{self.random.randrange(1, 30)}"
        enabled = sorted(self.ready.values())
        self.events.append(Event(position + 1, thread, operation, target, result, place, enabled=enabled, **more))
        self.sources.append([one for one in sources if one is not None])
        if thread in self.last:
            self.sources[-1].append(self.last[thread])
        self.last[thread] = position
        return position

    def start(self, thread, name):
        self.started[name] = self.add(thread, "thread.start", name)
        self.numbers[name] = len(self.numbers)
        self.ready[name] = self.numbers[name]
        self.inside[name] = ("begin", [self.started[name]])

    def park(self, thread, what):
        del self.ready[thread]
        self.inside[thread] = (what, None)

    def let_go(self, thread, sources):
        self.ready[thread] = self.numbers[thread]
        self.inside[thread] = (self.inside[thread][0], sources)

    def step(self):
        if self.acting is not None:
            thread = self.acting
            if self.random.random() < 0.5:
                self.access(thread)
                return
            for other in self.arrived:
                self.let_go(other, [self.last[thread]])
            self.arrived = []
            self.acting = None
        if not self.ready:
            others = [one for one in self.inside if one not in self.ended]
            self.ready[others[0]] = self.numbers[others[0]]
            return self.time_out(others[0])
        thread = self.random.choice(list(self.ready))
        if thread in self.inside:
            return self.go_on(thread)
        if self.random.random() < self.pace:
            return self.access(thread)
        self.random.choice(
            [self.locks, self.locks, self.rlocks, self.conditions, self.semaphores, self.flags, self.barriers,
             self.threads, self.outside]
        )(thread)  # fmt: skip

    def access(self, thread):
        operation = self.random.choice(["memory.read", "memory.read", "memory.write", "memory.write", "memory.use"])
        target = self.random.choice([*PLAIN, *ELEMENTS, WHOLE])
        atomic = target not in PLAIN and self.random.random() < 0.5
        self.add(thread, operation, target, None, atomic=atomic)

    # Each of the primitives ---------------------------------------------------------------------------------

    def time_out(self, thread):
        what, _ = self.inside.pop(thread)
        if what == "condition":
            self.add(thread, "condition.timeout", "condition", False)
            if self.owner["guard"] is None:
                self.reacquire(thread, False, [])
            else:
                self.inside[thread] = ("condition", [])
                self.waiters.append(thread) if thread not in self.waiters else None
        elif what == "event":
            self.add(thread, "event.timeout", "event", False, self.clears)
        elif what == "barrier":
            self.arrived.remove(thread)
            here = self.add(thread, "barrier.timeout", "barrier", "BrokenBarrierError")
            for other in self.arrived:
                self.let_go(other, [here])
            self.arrived = []

    def go_on(self, thread):
        what, sources = self.inside[thread]
        if what == "begin":
            del self.inside[thread]
            self.add(thread, "thread.begin", None, None, sources)
        elif what == "condition":
            if self.owner["guard"] is None:
                del self.inside[thread]
                self.reacquire(thread, bool(sources), sources)
            else:
                self.release("guard", self.owner["guard"])
        elif what == "event":
            del self.inside[thread]
            self.add(thread, "event.wake", "event", True, self.sets)
        else:
            del self.inside[thread]
            self.left.append(self.add(thread, "barrier.leave", "barrier", None, sources))

    def reacquire(self, thread, notified, sources):
        if thread in self.waiters:
            self.waiters.remove(thread)
        self.owner["guard"] = thread
        self.add(thread, "condition.reacquire", "condition", notified, [*sources, *self.released["guard"]])

    def acquire(self, thread, name):
        kind = "rlock" if name == "rlock" else "lock"
        if self.owner[name] is None or (kind == "rlock" and self.owner[name] == thread):
            self.owner[name] = thread
            self.depth[name] = self.depth.get(name, 0) + 1
            self.add(thread, f"{kind}.acquire", name, True, self.released[name])
        else:
            self.add(thread, f"{kind}.acquire", name, False)

    def release(self, name, thread):
        if thread in self.ended:
            return
        kind = "rlock" if name == "rlock" else "lock"
        self.depth[name] = self.depth.get(name, 1) - 1
        if kind == "lock" or self.depth[name] == 0:
            self.owner[name] = None
            self.depth[name] = 0
        self.released[name].append(self.add(thread, f"{kind}.release", name))

    def locks(self, thread):
        name = self.random.choice(["lock", "lock", "guard"])
        if self.owner[name] == thread:
            self.release(name, thread)
        elif self.owner[name] is not None and self.random.random() < 0.2:
            self.release(name, thread)  # by another one than acquired it
        elif self.random.random() < 0.1:
            free = self.owner[name] is None
            self.add(thread, "lock.locked", name, not free, self.released[name] if free else [])
        else:
            self.acquire(thread, name)

    def rlocks(self, thread):
        if self.owner["rlock"] == thread and self.random.random() < 0.6:
            self.release("rlock", thread)
        else:
            self.acquire(thread, "rlock")

    def conditions(self, thread):
        if self.owner["guard"] is None:
            self.acquire(thread, "guard")
        if self.owner["guard"] != thread:
            return
        if self.random.random() < 0.5:
            count = min(len(self.waiters), self.random.choice([0, 1, 2]))
            here = self.add(thread, "condition.notify", "condition", count)
            for one in self.waiters[:count]:
                if self.inside.get(one, ("",))[0] == "condition":
                    self.let_go(one, [here])
            del self.waiters[:count]
        elif len(self.ready) > 1:
            self.owner["guard"] = None
            self.depth["guard"] = 0
            self.waiters.append(thread)
            self.released["guard"].append(self.add(thread, "condition.wait", "condition"))
            self.park(thread, "condition")

    def semaphores(self, thread):
        if self.random.random() < 0.5:
            count = self.random.choice([1, 1, 2])
            here = self.add(thread, "semaphore.release", "semaphore", count)
            self.permits += [here] * count
        elif self.permits:
            self.add(thread, "semaphore.acquire", "semaphore", True, [self.permits.pop(0)])
        else:
            self.add(thread, "semaphore.acquire", "semaphore", False)

    def flags(self, thread):
        chance = self.random.random()
        if chance < 0.3:
            self.sets.append(self.add(thread, "event.set", "event"))
            self.flag = True
            for one, (what, _) in self.inside.items():
                if what == "event":
                    self.let_go(one, [])
        elif chance < 0.5:
            self.clears.append(self.add(thread, "event.clear", "event"))
            self.flag = False
        elif chance < 0.7:
            self.add(thread, "event.is_set", "event", self.flag, self.sets if self.flag else self.clears)
        else:
            self.add(thread, "event.wait", "event", self.flag, self.sets if self.flag else self.clears)
            if not self.flag:
                self.park(thread, "event")

    def barriers(self, thread):
        if any(what == "barrier" and sources is not None for what, sources in self.inside.values()):
            return  # it drains
        if len(self.arrived) + 1 == self.parties:
            arrivals = [self.last[one] for one in self.arrived]
            self.add(thread, "barrier.wait", "barrier", len(self.arrived), [*arrivals, *self.left])
            self.acting = thread
            return
        self.add(thread, "barrier.wait", "barrier", len(self.arrived), self.left)
        self.arrived.append(thread)
        self.park(thread, "barrier")

    def threads(self, thread):
        others = [one for one in self.numbers if one not in (thread, MAIN)]
        other = self.random.choice(others) if others else None
        if self.random.random() < 0.1 and len(self.numbers) < 6:
            self.start(thread, f"T{len(self.numbers)}")
        elif self.random.random() < 0.15 and thread != MAIN and thread not in self.owner.values():
            self.ended[thread] = self.add(thread, "thread.end")
            del self.ready[thread]
        elif other in self.ended:
            here = self.random.choice(["join", "is_alive"])
            self.add(thread, f"thread.{here}", other, here == "join", [self.ended[other]])
        elif other is not None and self.random.random() < 0.3:
            self.add(thread, "thread.is_alive", other, True)
        elif self.random.random() < 0.1:
            self.add(thread, "thread.enumerate", None, len(self.ready), self.ended.values())

    def outside(self, thread):
        if self.random.random() < 0.5:
            before = list(self.sent)
            self.sent.append(self.add(thread, "socket.send", "socket", 1, before))
        else:
            self.add(thread, "socket.recv", "socket", 1, self.sent)


def root(label):
    """A variable, or the container that it is an element of."""
    return WHOLE if label in ELEMENTS else label


def conflict(one, other):
    """Whether two accesses are to the same, and one of them a write."""
    same = one.object == other.object or (
        root(one.object) == root(other.object) and WHOLE in (one.object, other.object)
    )
    return same and "memory.write" in (one.operation, other.operation)


def seen_writes(events, position):
    """The writes that a read sees: the last one of its variable, and those that it shares a container with."""
    event = events[position]
    found = []
    element = event.object in ELEMENTS
    threads = set()  # whose last write to an element was seen
    missing = {event.object, WHOLE} if element else {event.object}
    for before in range(position - 1, -1, -1):
        one = events[before]
        if one.operation != "memory.write":
            continue
        if one.object in missing:
            missing.discard(one.object)
            found.append(before)
        elif event.object == WHOLE and WHOLE in missing and one.object in ELEMENTS and one.thread not in threads:
            threads.add(one.thread)
            found.append(before)
    return found


def races(execution):
    """By definition: of each variable the position of the first access that is in a race."""
    events = execution.events
    before = []  # of each event a set of bits: the events that come before it, and itself
    last = {}
    found = {}
    accesses = []
    for position, event in enumerate(events):
        bits = 1 << position
        for source in execution.sources[position]:
            bits |= before[source]
        if event.operation in ("memory.read", "memory.write"):
            if root(event.object) not in found and any(
                not bits >> other & 1 and conflict(events[other], event) for other in accesses
            ):
                found[root(event.object)] = position
            if event.operation == "memory.read" or event.atomic:
                for source in seen_writes(events, position):
                    bits |= before[source]
            accesses.append(position)
        before.append(bits)
        last[event.thread] = position
    return found
