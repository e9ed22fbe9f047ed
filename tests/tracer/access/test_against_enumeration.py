"""Exploring all schedules of a short program reaches exactly the states that an enumeration by hand does."""

import pytest

from tests.tracer.access.model import final_states
from tests.tracer.access.snippets import SNIPPETS
from tests.tracer.access.support import reached

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


#: What exploring misses. All of these are done by code that is not watched, in whose hands objects are.
HOLES = {
    "map of getattr, twice read": "what an iterator calls that is written in C",
    "update of a namespace, twice read": "names that are new in a namespace, given as named arguments",
    "attribute by super": "an attribute of a class that is not a method",
}


def snippets():
    for snippet in SNIPPETS:
        why = HOLES.get(snippet.name)
        marks = [pytest.mark.xfail(reason=why, raises=AssertionError)] if why else []
        yield pytest.param(snippet, marks=marks, id=snippet.name)


@pytest.mark.parametrize("preempt", ["any", "gil"])
@pytest.mark.parametrize("snippet", list(snippets()))
def test_final_states(snippet, preempt):
    expected = final_states(
        snippet.model or snippet.setup,
        snippet.steps,
        snippet.others or snippet.steps,
        snippet.end or snippet.final,
        gil=preempt == "gil",
    )
    found, _ = reached(snippet, preempt)
    assert found == expected
