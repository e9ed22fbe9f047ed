"""The same picture from every version of Python, and on every day: sources that were drawn once and looked at.

`python -m tests.tracer.pictures.test_golden` writes them anew.
"""

import os

import pytest

from tests.tracer.pictures.support import abba
from tests.tracer.pictures.test_happens_before import hand_over
from tests.tracer.pictures.test_happens_before import picture as happens_before
from tests.tracer.pictures.test_lock_order import inverted
from tests.tracer.pictures.test_text import CONTROLS, NAMES, two
from tests.tracer.pictures.test_threads import picture as threads
from tests.tracer.pictures.test_wait_for import nested, pool

pytestmark = pytest.mark.one_version

FOLDER = os.path.join(os.path.dirname(__file__), "golden")

PICTURES = {
    "abba": lambda: abba().wait_for(),
    "nested": lambda: nested().wait_for(),
    "pool": lambda: pool(20).wait_for(),
    "names": lambda: two(" ".join([*NAMES, *CONTROLS])).wait_for(),
    "threads": lambda: threads(pool(20)),
    "lock-order": lambda: inverted().picture(),
    "happens-before": lambda: happens_before(*hand_over()),
}


@pytest.mark.parametrize("name", PICTURES)
def test_golden(name):
    with open(os.path.join(FOLDER, f"{name}.dot"), encoding="utf-8", newline="\n") as file:
        assert PICTURES[name]().source == file.read()


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    for one, draw in PICTURES.items():
        with open(os.path.join(FOLDER, f"{one}.dot"), "w", encoding="utf-8", newline="\n") as target:
            target.write(draw().source)
