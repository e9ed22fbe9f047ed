"""What can be replayed is read with care: damaged and foreign files end in one line, quickly."""

import os
import random
import time

import msgspec
import pytest

from replay.following.recording import RecordingError, is_recording, open_recording
from replay.following.schedule import LONGEST_IN_TRACE, decode
from tests.replay.following.support import example, trace

pytestmark = pytest.mark.one_version


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return trace(example("condition"), tmp_path_factory.mktemp("recording") / "a.trace", strategy_name="random", seed=3)


def whole(recorded):
    return recorded.path.read_bytes()


def cut_off(recorded):
    return b"\n".join(recorded.path.read_bytes().splitlines()[:-1]) + b"\n"


def text(recorded):
    return recorded.schedule.encode()


def damage(choice, data):
    """The data after a few accidents."""
    data = bytearray(data)
    for _ in range(choice.randrange(1, 4)):
        position = choice.randrange(len(data))
        match choice.randrange(4):
            case 0:
                data[position] ^= 1 << choice.randrange(8)
            case 1:
                del data[position : position + choice.choice([1, 10, 500])]
            case 2:
                data[position:position] = choice.randbytes(choice.choice([1, 5]))
            case 3:
                data[position] = choice.choice(b'\0\n"{}[]:,-9e\xff')
        data = data or bytearray(b"x")
    return bytes(data)


@pytest.mark.parametrize("kind", [whole, cut_off, text])
def test_accidents(tmp_path, recorded, kind):
    data, path = kind(recorded), tmp_path / "damaged"
    refusals, slowest = [], 0.0
    for seed in range(1500):
        path.write_bytes(damage(random.Random(seed), data))
        begin = time.perf_counter()
        try:
            found = open_recording(str(path))
        except RecordingError as error:
            refusals.append(str(error))
        else:
            assert found.schedule.steps
            assert max(found.schedule.order()) < len(found.schedule.names)
        slowest = max(slowest, time.perf_counter() - begin)
    assert 0 < len(refusals) < 1500
    assert all(message.startswith(str(path)) and "\n" not in message for message in refusals)
    assert slowest < 1


def test_every_prefix_of_a_trace_is_one(tmp_path, recorded):
    """Wherever it was cut off, what is there can be replayed."""
    data, path = whole(recorded), tmp_path / "cut.trace"
    first = data.index(b"\n") + 1
    for end in range(0, len(data), 7):
        path.write_bytes(data[:end])
        events = data[first:end].count(b"\n") if end > first else 0
        if not events:
            with pytest.raises(RecordingError):
                open_recording(str(path))
            continue
        found = open_recording(str(path))
        assert found.cut_off
        assert len(found.schedule.steps) == min(events, recorded.outcome.events)
    assert not open_recording(str(recorded.path)).cut_off


def test_zeros_after_the_last_event(tmp_path, recorded):
    """As a killed host leaves them: space that was reserved and not used."""
    path = tmp_path / "killed.trace"
    path.write_bytes(cut_off(recorded) + bytes(1 << 20))
    assert open_recording(str(path)).schedule == decode(recorded.schedule)


def header(recorded, **changes):
    first = msgspec.json.decode(whole(recorded).splitlines()[0])
    return msgspec.json.encode(first | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"threadtrace": 2}, {"threadtrace": "1"}, {"program": 5}, {"program": None}, {"arguments": "abc"},
        {"arguments": [1]}, {"module": "yes"}, {"seed": 1.5}, {"seed": 1 << 63}, {"hash_seed": "x"}, {"clock": 1},
        {"max_points": None}, {"variable": 1},
    ],
)  # fmt: skip
def test_headers_of_wrong_types(tmp_path, recorded, changes):
    path = tmp_path / "header.trace"
    path.write_bytes(header(recorded, **changes) + b"\n" + b"\n".join(recorded.lines) + b"\n")
    with pytest.raises(RecordingError, match=r"header.trace:1: "):
        open_recording(str(path))


def test_settings_of_a_cut_off_trace_are_those_of_its_header(tmp_path, recorded):
    path = tmp_path / "header.trace"
    path.write_bytes(header(recorded, seed=-7, clock="any", max_points=12) + b"\n" + b"\n".join(recorded.lines) + b"\n")
    settings = open_recording(str(path)).settings
    assert (settings.seed, settings.clock, settings.max_points) == (-7, "any", 12)


def test_deep_nesting(tmp_path, recorded):
    path = tmp_path / "deep.trace"
    for begin in ('{"number":', '{"x":'):
        path.write_bytes(header(recorded) + b"\n" + begin.encode() + b"[" * 100_000 + b"\n")
        with pytest.raises(RecordingError, match=r"deep.trace:2: the trace is damaged"):
            open_recording(str(path))


def test_a_trace_whose_schedule_was_too_long_for_it_is_known_by_its_events(tmp_path, recorded):
    *rest, last = whole(recorded).splitlines()
    outcome = msgspec.json.decode(last) | {"schedule": ""}
    path = tmp_path / "long.trace"
    path.write_bytes(b"\n".join([*rest, msgspec.json.encode(outcome)]) + b"\n")
    assert open_recording(str(path)).schedule == decode(recorded.schedule)
    assert LONGEST_IN_TRACE < 1 << 24, "no reader takes a longer line"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"{}", b'{"threadtrace":1}', bytes(1000), b"\xff\xfe" * 50, b"tt2:AA"])
def test_foreign_files(tmp_path, data):
    path = tmp_path / "foreign"
    path.write_bytes(data)
    with pytest.raises(RecordingError) as caught:
        open_recording(str(path))
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("begin", [b"tt1:", b'{"threadtrace":1,', b"", b"Producer: "])
def test_a_hundred_megabytes_of_nothing(tmp_path, begin):
    path = tmp_path / "huge"
    path.write_bytes(begin)
    os.truncate(path, 100_000_000)
    started = time.perf_counter()
    with pytest.raises(RecordingError):
        open_recording(str(path))
    assert time.perf_counter() - started < 2


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", "/dev/null"):
        with pytest.raises(RecordingError, match="is not a regular file"):
            open_recording(str(path))
        with pytest.raises(RecordingError, match="is not a regular file"):
            is_recording(str(path))
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        open_recording(str(tmp_path))
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        open_recording(str(tmp_path / "none"))
