"""`--realign`: an edited program still comes to where the recording came."""

import itertools

import pytest

from tests.replay.following.support import program, replayed, trace

pytestmark = pytest.mark.one_version

ABBA = """\
import threading
lock_a, lock_b, log = threading.Lock(), threading.Lock(), threading.Lock()
started = threading.Event()

def note():
    with log:
        pass

def forwards():
    note()
    with lock_a:
        note()
        with lock_b:
            note()

def backwards():
    note()
    with lock_b:
        note()
        with lock_a:
            note()

threads = [threading.Thread(target=one, name=one.__name__) for one in (forwards, backwards)]
for thread in threads:
    thread.start()
started.set()
for thread in threads:
    thread.join()
"""

EDITS = {
    "nothing": [],
    "a line above": [("lock_a, lock_b", "# locks\nlock_a, lock_b")],
    "an operation removed": [("        note()\n        with lock_b:", "        with lock_b:")],
    "all operations of a lock removed": [("    with log:\n        pass", "    pass")],
    "an operation added": [("def forwards():\n", "def forwards():\n    started.is_set()\n")],
    "many operations added": [("def forwards():", "def forwards():\n    for _ in range(50): note()")],
    "a lock renamed": [("lock_a", "outer")],
    "a lock renamed and an operation removed": [("lock_a", "outer"), ("started.set()\n", "")],
    "a thread more": [("(forwards, backwards)", "(forwards, backwards, note)")],
    "more and less": [
        ("def backwards():\n    note()", "def backwards():\n    started.wait()"),
        ("        with lock_a:\n", "        started.is_set()\n        with lock_a:\n"),
    ],
}  # fmt: skip


@pytest.fixture
def edit(tmp_path):
    """Records `ABBA` on a schedule that ends in the deadlock, edits it, and replays it."""
    path = tmp_path / "program.py"

    def edited(*changes, **how):
        path.write_text(ABBA)
        main = program(path)
        for seed in itertools.count():
            first = trace(main, tmp_path / "first.trace", strategy_name="random", seed=seed)
            if first.outcome.failures:
                break
        text = ABBA
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return first, replayed(program(path), first.path, tmp_path / "again.trace", **how)

    return edited


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_the_failure_is_reached(edit, changes):
    first, again = edit(*changes, realign=True)
    assert first.outcome.failures[0].kind.value == "deadlock"
    assert again.outcome.divergence is None
    (failure,) = again.outcome.failures
    assert failure.kind.value == "deadlock"
    assert {"forwards", "backwards"} <= set(failure.threads)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("nothing", "of the recorded operations {all} were met and 0 not; 0 operations are new"),
        ("a lock renamed", "of the recorded operations {all} were met and 0 not; 0 operations are new"),
        ("an operation added", "of the recorded operations {all} were met and 0 not; 1 operations are new"),
        ("an operation removed", "of the recorded operations {two less} were met and 2 not; 0 operations are new"),
    ],
)
def test_what_was_met_is_counted(edit, name, note):
    first, again = edit(*EDITS[name], realign=True)
    count = first.outcome.events
    assert again.outcome.notes == [note.replace("{all}", str(count)).replace("{two less}", str(count - 2))]


@pytest.mark.parametrize("name", ["an operation removed", "an operation added", "a thread more"])
def test_without_it_these_diverge(edit, name):
    _, again = edit(*EDITS[name])
    assert again.outcome.divergence is not None


def test_where_the_failure_was_repaired_the_program_ends(edit):
    order = (
        "    with lock_b:\n        note()\n        with lock_a:",
        "    with lock_a:\n        note()\n        with lock_b:",
    )
    _, again = edit(order, realign=True)
    assert not again.outcome.failures
    assert again.outcome.ending.value == "completed"


def test_unchanged_programs_are_followed_exactly(tmp_path):
    """Realigning is for edited programs, but costs nothing where there is nothing to realign."""
    path = tmp_path / "program.py"
    path.write_text(ABBA)
    main = program(path)
    for seed in range(40):
        first = trace(main, tmp_path / "first.trace", strategy_name="random", seed=seed)
        for source in (first.path, first.schedule):
            again = replayed(main, source, tmp_path / "again.trace", realign=True)
            assert again.lines == first.lines, seed
