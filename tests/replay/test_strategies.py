"""Strategies choose among the enabled threads, and as they say."""

import collections
import threading

from replay.clocks import CLOCKS
from replay.settings import CLOCK_NAMES, STRATEGY_NAMES
from replay.strategies import STRATEGIES
from tests.support import passes


def test_the_names_on_the_command_line_are_those_there_are():
    assert set(STRATEGY_NAMES) == set(STRATEGIES)
    assert set(CLOCK_NAMES) == set(CLOCKS)


def three_threads():
    order = []

    def main():
        locks = [threading.Lock() for _ in range(3)]

        def work(number):
            for _ in range(3):
                with locks[number]:
                    order.append(number)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return order, main


def test_round_robin_takes_turns():
    _, main = three_threads()
    run = passes(main, strategy="round-robin")
    turns = [event[0] for event in run.events if event[1].startswith("lock.")]
    middle = turns[6:-6]
    assert all(middle[i] != middle[i + 1] for i in range(len(middle) - 1))


def test_random_reaches_every_order_about_equally_often():
    firsts = collections.Counter()
    for seed in range(600):
        order = []

        def main(order=order):
            gate = threading.Event()

            def work(number):
                gate.wait()
                order.append(number)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            while len([one for one in threads if one.is_alive()]) < 3:
                pass
            import time

            time.sleep(1)  # all three wait for the gate
            gate.set()
            for thread in threads:
                thread.join()

        passes(main, strategy="random", seed=seed)
        firsts[tuple(order)] += 1
    assert len(firsts) == 6
    assert all(60 <= count <= 140 for count in firsts.values()), firsts


def test_a_strategy_object_can_be_given():
    class Last:
        def choose(self, enabled, current):
            return list(enabled)[-1]

    order, main = three_threads()
    passes(main, strategy=Last())
    assert sorted(order) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
