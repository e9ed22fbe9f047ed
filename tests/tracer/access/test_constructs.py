"""Everything in `constructs.py` gives the same under control as it does otherwise, and crashes nothing."""

import inspect
import threading

import pytest

from tests.support import passes
from tests.tracer.access import constructs

pytestmark = pytest.mark.usefixtures("plain_hooks")

CONSTRUCTS = [
    pytest.param(function, id=name)
    for name, function in vars(constructs).items()
    if inspect.isfunction(function) and function.__module__ == constructs.__name__ and name[0] != "_"
]


@pytest.mark.parametrize("preempt", ["gil", "any"])
@pytest.mark.parametrize("function", CONSTRUCTS)
def test_the_result_is_the_plain_one(function, preempt):
    expected = repr(function())
    found = []

    def main():
        threads = [threading.Thread(target=lambda: found.append(repr(function()))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for seed in range(3):
        passes(main, strategy="random", seed=seed, preempt=preempt)
    assert found == [expected] * 6


def test_all_of_them_at_once():
    functions = [one.values[0] for one in CONSTRUCTS]
    expected = {function: repr(function()) for function in functions}
    found = []

    def run(functions):
        for function in functions:
            found.append((function, repr(function())))

    def main():
        threads = [threading.Thread(target=run, args=(part,)) for part in (functions, functions[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for seed in range(3):
        passes(main, strategy="random", seed=seed, preempt="any", include=["functools", "collections"], values=True)
    assert len(found) == 6 * len(functions)
    for function, result in found:
        assert result == expected[function]
