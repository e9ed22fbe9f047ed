"""Exploring all schedules of a short program reaches exactly the states that an enumeration by hand does."""

import pytest

from tests.tracer.access.model import final_states
from tests.tracer.access.snippets import SNIPPETS
from tests.tracer.access.support import reached

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.mark.parametrize("preempt", ["any", "gil"])
@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_final_states(snippet, preempt, capsys):
    expected = final_states(
        snippet.model or snippet.setup,
        snippet.steps,
        snippet.others or snippet.steps,
        snippet.end or snippet.final,
        gil=preempt == "gil",
    )
    found, _ = reached(snippet, preempt)
    assert found == expected
