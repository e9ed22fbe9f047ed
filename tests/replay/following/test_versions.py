"""Schedules that were recorded on each version of Python replay on this one; see `tests.replay.following.record`."""

import pytest

from replay.following.recording import open_recording
from tests.replay.following.record import FOLDER, SEEDS
from tests.replay.following.support import EXAMPLE_RUNS, example, name_of, replayed

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

VERSIONS = ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("run", EXAMPLE_RUNS, ids=name_of)
def test_replays(tmp_path, run, version):
    path = FOLDER / f"{name_of(run)}.{version}.tt1"
    recording = open_recording(str(path))
    assert recording.settings.python.startswith(version + ".")
    again = replayed(example(*run), path, tmp_path / "again.trace")
    assert again.outcome.divergence is None
    order = [recording.schedule.symbols[step] for step in recording.schedule.steps]
    assert [event[1:] for event in again.events] == [symbol[1:] for symbol in order]
    assert again.outcome.notes == [f"replayed: all {len(order):,} events happened as recorded"]
    if run[0] in SEEDS:
        assert again.outcome.failures


def test_there_are_no_others():
    expected = {f"{name_of(run)}.{version}.tt1" for run in EXAMPLE_RUNS for version in VERSIONS}
    assert {path.name for path in FOLDER.iterdir()} == expected
