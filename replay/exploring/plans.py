"""Which strategy makes which execution of a campaign.

No single one is best: a reduction finds what hides among few orders of memory accesses, uniform sampling and priorities
of places what hides among many threads, priorities of threads and of threads that meet what hides behind long
stretches, a random walk what many orders lead to. The portfolio takes them in turn, and the reduction alongside as long
as it may come to its end. The two that find what hides among many threads do well on most of what others find: so they
have most of the executions at first. What has not shown by then is likely to be of another kind, and they are given
less. What they want to know of the program the first execution tells, which is the reduction's.

Strategies that learn from earlier executions learn only at the ends of *rounds*, which grow: what an execution is like
depends on the rounds before it and not on how many processes there are, nor on which of them was fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from replay.exploring.bounded import COSTS, Bounded
from replay.exploring.dpor.tree import Search
from replay.exploring.job import PORTFOLIO
from replay.exploring.one import DPOR
from replay.exploring.specs import Spec
from replay.strategies import LEARNING
from replay.strategies.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.exploring.specs import Run

#: In this order, twice, once an execution without any preemption, the reduction's first one, has shown what there is.
#: The shares are those with which it finds the most of SCTBench soon: as soon as SURW alone, within a factor of two,
#: or sooner (`benchmarks/search.py`).
_AT_FIRST = 2 * tuple(
    name
    for other in ("urw", "pos", "meetings", "urw", "pct", "random")
    for name in (*("surw", "places") * 5, "surw", other)
)

#: And in this one, over and over, where nothing was found: what takes many preemptions of few threads is likelier to
#: be found by POS than by the two.
_LATER = tuple(name for other in ("meetings", "urw", "pct", "random") for name in ("surw", "pos", "places", other))

#: The longest round. Until then each is as long as all before it together.
_LONGEST_ROUND = 256

#: So many executions of a round tell a profile, which costs time.
_PROFILES = 4

#: A portfolio has no reduction where one execution has more scheduling points, or more threads, than this: there are
#: too many orders, and to look at each of them takes long.
_MOST_POINTS = 1000
_MOST_THREADS = 30

#: A reduction is given this many executions to show how many it needs.
_TRIAL = 8

#: They are too many where they show that it needs so many times as many as there are in all.
_HOPELESS = 10

#: Beside other strategies it makes every second execution if it needs no more than so many, for then it is soon at its
#: end. Otherwise it makes one of so many that it comes to its end within the budget, and one of `_RARELY` at the least:
#: where it needs hundreds of executions, strategies that go by chance are likely to find a failure sooner.
_SOON = 64
_RARELY = 8

#: The multiplier and the mixing of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def seed_of(campaign: int, number: int) -> int:
    """The seed of one execution. Neighbouring campaigns have nothing in common."""
    z = (campaign * _GAMMA + number + _GAMMA) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Learned:
    """The variables that turned out to be shared: they only become more."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def add(self, names: Iterable[str]) -> None:
        """More of them."""
        new = {*names}.difference(self.names)
        if new:
            self.names = sorted([*self.names, *new])


class Sampling:
    """Executions by chance, in rounds: one by each of the strategies `at_first`, then those of `later` in turn."""

    def __init__(self, at_first: tuple[str, ...], later: tuple[str, ...], seed: int, learned: Learned) -> None:
        self._at_first = at_first
        self._later = later
        self._seed = seed
        self._profile: Profile | None = None
        self._planned = 0
        self._round_ends = 1
        self._running = 0
        self._learned = learned
        self._found: list[Run] = []

    def next(self, number: int) -> Spec | None:
        """The next execution; None while a round waits for its last ones."""
        if self._planned == self._round_ends:
            if self._running:
                return None
            self._end_round()
        index = self._planned
        beyond = index - len(self._at_first)
        strategy = self._at_first[index] if beyond < 0 else self._later[beyond % len(self._later)]
        profiles = index < _PROFILES or self._round_ends - index <= min(_PROFILES, index // 4)
        self._planned += 1
        self._running += 1
        seed = seed_of(self._seed, index)
        profile = self._profile if strategy in LEARNING else None
        return Spec(number, strategy, seed, profile, learned=self._learned.names, profiles=profiles)

    def learn(self, run: Run) -> None:
        """Takes what came of it."""
        self._running -= 1
        if run.profile is not None or run.learned:
            self._found.append(run)

    def begin_with(self, run: Run) -> None:
        """What came of an execution that is none of these."""
        self._profile = run.profile

    def _end_round(self) -> None:
        self._round_ends += min(self._round_ends, _LONGEST_ROUND)
        for run in sorted(self._found, key=lambda run: run.number):
            if run.profile is not None:
                self._profile = self._profile.merged(run.profile) if self._profile is not None else run.profile
            self._learned.add(run.learned)
        self._found.clear()


class Reducing:
    """The reduction: one execution at a time, because each tells what is left to do.

    It begins anew when a variable turns out to be shared that was not known to be.
    """

    def __init__(self, learned: Learned) -> None:
        self._search = Search()
        self._learned = learned
        self._known = learned.names
        self._is_running = False
        self._is_lost = False
        #: Executions that were spent before it began anew.
        self._spent = 0

    def next(self, number: int) -> Spec | None:
        """The next execution; None while one is being made."""
        if self._is_running or self._is_lost:
            return None
        if self._known != self._learned.names:
            self._known = self._learned.names
            self._spent += self._search.whole + self._search.cut
            self._search = Search()
        if self._search.is_done:
            return None
        self._is_running = True
        return Spec(number, DPOR, beginning=self._search.next(), learned=self._known)

    def learn(self, run: Run) -> None:
        """Takes what came of it."""
        self._is_running = False
        assert run.steps is not None
        if self._is_lost:
            return
        if run.learned:
            self._learned.add(run.learned)
            self._spent += 1
        else:
            self._search.learn(run.steps)
            self._search.doubt = self._search.doubt or "".join(run.unseen[:1])

    def lose(self, why: str) -> None:
        """An execution was not made, or ended otherwise than by itself: nothing more can be proved."""
        self._is_running = False
        self._is_lost = True
        self._search.doubt = self._search.doubt or why
        self._search.is_done = True

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to execute."""
        return self._is_lost or (self._search.is_done and self._known == self._learned.names)

    @property
    def doubt(self) -> str:
        """Why it proves nothing; "" where it does."""
        return self._search.doubt

    @property
    def estimate(self) -> float:
        """How many executions there are likely to be in all."""
        return self._search.estimate

    def period(self, executions: int) -> int | None:
        """It is to make one of so many executions, to come to its end within `executions`; None where it will not.

        Never all of them: others go on beside it.
        """
        made = self._search.whole + self._search.cut
        if self._search.doubt:
            return None
        left = max(1.0, self._search.estimate - made)
        if self._search.estimate <= _SOON and 2 * left <= executions:
            return 2
        if 2 * left <= executions:
            return min(_RARELY, int(executions / left))
        return _RARELY if made + self._spent < _TRIAL and left < _HOPELESS * executions else None


class Bounding:
    """A search that is bounded."""

    def __init__(self, strategy: str, learned: Learned) -> None:
        self._strategy = strategy
        self._search = Bounded()
        self._learned = learned

    def next(self, number: int) -> Spec | None:
        """The next execution; None while others have to end first."""
        prefix = self._search.next(number)
        if prefix is None:
            return None
        return Spec(number, self._strategy, prefix=prefix, learned=self._learned.names)

    def learn(self, run: Run) -> None:
        """Takes what came of it."""
        assert run.choices is not None
        if run.learned:
            self._learned.add(run.learned)
            self._search = Bounded()
            return
        self._search.learn(run.number, run.choices)
        self._search.doubt = self._search.doubt or "".join(run.unseen[:1])

    @property
    def is_done(self) -> bool:
        """Whether every schedule was executed."""
        return self._search.is_done

    @property
    def completed(self) -> int | None:
        """All schedules of this cost, and below, were executed; None before."""
        return self._search.completed

    @property
    def doubt(self) -> str:
        """Why it proves nothing."""
        return self._search.doubt


class Plans:
    """Plans the executions of a campaign of at most `executions`, by its strategy's name."""

    def __init__(self, strategy: str, seed: int, executions: int) -> None:
        self._executions = executions
        self._sampling: Sampling | None = None
        self.reducing: Reducing | None = None
        self.bounding: Bounding | None = None
        learned = Learned()
        if strategy == PORTFOLIO:
            self._sampling = Sampling(_AT_FIRST, _LATER, seed, learned)
            self.reducing = Reducing(learned)
        elif strategy == DPOR:
            self.reducing = Reducing(learned)
        elif strategy in COSTS:
            self.bounding = Bounding(strategy, learned)
        else:
            self._sampling = Sampling((), (strategy,), seed, learned)
        #: The number of the last execution that was the reduction's.
        self._reduced = 0
        #: Whether the very first execution, which others depend on, has been made, if there is to be one.
        self._has_shown = strategy != PORTFOLIO

    def next(self, number: int) -> Spec | None:
        """The next execution, which is to have this number; None where others have to end first, or nothing is left."""
        if self._sampling is None:
            systematic = self.reducing or self.bounding
            return systematic.next(number) if systematic is not None else None
        if self.reducing is not None and number == 1:
            self._reduced = number
            first = self.reducing.next(number)
            return msgspec.structs.replace(first, profiles=True) if first is not None else None
        if not self._has_shown:
            return None
        period = self.reducing.period(self._executions - number + 1) if self.reducing is not None else None
        is_due = period is not None and number - self._reduced >= period
        spec = None if is_due else self._sampling.next(number)
        if spec is None and self.reducing is not None and period is not None:
            spec = self.reducing.next(number)
            if spec is not None:
                self._reduced = number
        return self._sampling.next(number) if spec is None and is_due else spec

    def learn(self, run: Run) -> None:
        """Takes what came of an execution."""
        has_many = run.points > _MOST_POINTS or len(run.threads) > _MOST_THREADS
        if has_many and run.number == 1 and self.reducing is not None and self._sampling is not None:
            self.reducing.lose("an execution has too many steps to try all their orders")
        plan: Sampling | Reducing | Bounding | None = self._sampling
        if self._sampling is not None and not self._has_shown:
            self._sampling.begin_with(run)
        if run.strategy == DPOR:
            plan = self.reducing
        elif run.strategy in COSTS:
            plan = self.bounding
        assert plan is not None
        if run.steps is None and plan is self.reducing:
            plan.lose("an execution came to an end that is none of its own")
        elif run.choices is None and plan is self.bounding:
            self.bounding = None
        else:
            plan.learn(run)
        self._has_shown = True

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left to execute, and that proves something."""
        systematic = self.reducing or self.bounding
        return systematic is not None and systematic.is_done and not systematic.doubt

    @property
    def is_over(self) -> bool:
        """Whether no further execution is planned, nor will be."""
        if self._sampling is not None:
            return self.is_exhausted
        systematic = self.reducing or self.bounding
        return systematic is None or systematic.is_done
