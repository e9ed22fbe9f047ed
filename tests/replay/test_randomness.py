"""Random numbers are those of the execution, but for secrets and names."""

import os
import random
import tempfile
import uuid

from tests.support import passes


class Generator(random.Random):
    pass


def numbers(seed):
    def main():
        seen.append(random.random())
        seen.extend(kind().random() for kind in (random.Random, random.Random, Generator))
        seen.append(random.Random(5).random())
        generator = random.Random(7)
        generator.seed()
        seen.append(generator.random())
        random.seed()
        seen.append(random.random())
        random.seed(3)
        seen.append(random.random())

    seen = []
    passes(main, seed=seed)
    return seen


def test_generators_without_a_seed_repeat_with_the_execution():
    first = numbers(1)
    assert first == numbers(1)
    assert len(set(first)) == len(first)
    other = numbers(2)
    fixed = [random.Random(5).random(), random.Random(3).random()]
    assert set(first) & set(other) == set(fixed)


def test_secrets_and_names_are_never_the_same():
    def main():
        seen.append(os.urandom(8))
        seen.append(uuid.uuid4())
        seen.append(random.SystemRandom().random())
        seen.append(next(tempfile._RandomNameSequence()))

    seen = []
    passes(main)
    passes(main)
    assert len(set(seen)) == 8


def test_without_control_nothing_repeats():
    assert random.Random().random() != random.Random().random()
    state = random.getstate()
    random.seed()
    assert random.getstate() != state
