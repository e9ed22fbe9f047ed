"""Schedules as text: what goes in comes out, and nothing but a schedule does."""

import base64
import random
import zlib

import msgspec
import pytest

from replay.following.schedule import ScheduleError, Settings, decode, of_trace, settings_of
from tests.replay.following.support import EXAMPLE_RUNS, example, name_of, trace
from tracer.trace import TraceReader

pytestmark = pytest.mark.one_version


@pytest.fixture(scope="module")
def semaphore(tmp_path_factory):
    """An execution with several threads and many steps."""
    return trace(example("semaphore"), tmp_path_factory.mktemp("schedule") / "a.trace", strategy_name="random", seed=3)


def text_of(body):
    """What `body` would be as text, were it a schedule."""
    return "tt1:" + base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4, "big") + body).rstrip(b"=").decode()


def payload(*parts, settings=(0, "virtual", "sync", 0, 0, "3.12.1")):
    """The text of a schedule of one thread and one step, but for `parts`: `(position, value)`."""
    whole = [list(settings), [[]], ["MainThread"], [[0, "thread.begin", None]], [0], [1], [[0]]]
    for position, value in parts:
        whole[position] = value
    return text_of(zlib.compress(msgspec.msgpack.encode(whole)))


@pytest.mark.parametrize("run", EXAMPLE_RUNS, ids=name_of)
def test_there_and_back(tmp_path, run):
    first = trace(example(*run), tmp_path / "a.trace", strategy_name="random", seed=5, clock="any")
    schedule = decode(first.schedule)
    assert schedule.encode() == first.schedule
    assert [schedule.names[number] for number in schedule.order()] == [thread for thread, _, _ in first.events]
    steps = [schedule.symbols[step] for step in schedule.steps]
    assert [(operation, label) for _, operation, label in steps] == [event[1:] for event in first.events]
    assert schedule.settings.seed == 5
    assert schedule.settings.clock == "any"


@pytest.mark.parametrize("run", EXAMPLE_RUNS, ids=name_of)
def test_the_events_of_a_trace_say_the_same(tmp_path, run):
    first = trace(example(*run), tmp_path / "a.trace", strategy_name="random", seed=6)
    with TraceReader(str(first.path)) as reader:
        derived = of_trace(reader.header, reader)
        assert derived == decode(first.schedule)
        assert derived.settings == settings_of(reader.header)


def test_it_is_short_enough_to_paste(tmp_path):
    small = trace(example("condition"), tmp_path / "a.trace")
    assert len(small.schedule) < 700
    large = trace(example("lock", "5", "1000"), tmp_path / "b.trace", strategy_name="random", seed=1)
    assert len(large.lines) > 10_000
    assert len(large.schedule) < 0.7 * len(large.lines)


def test_it_may_be_wrapped(semaphore):
    text = semaphore.schedule
    lines = "\r\n  ".join(text[i : i + 60] for i in range(0, len(text), 60))
    assert decode(f"  {lines}\n") == decode(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begins with tt1:"),
        ("lock.acquire", "begins with tt1:"),
        ("tt2:AAAA", "version tt2"),
        ("tt1:", "missing"),
        ("tt1:A", "characters that no schedule has, or lacks"),
        ("tt1:AAAAAAAA", "missing or were changed"),
        ("tt1:äöü", "characters that no schedule has"),
        (text_of(b"no deflated data"), "damaged"),
        (text_of(zlib.compress(b"")), "damaged"),
        (text_of(zlib.compress(b"\x91" * 1_000_000)), "damaged"),
        (payload((0, {"seed": 1})), "damaged"),
        (payload((1, [["a"]])), "damaged"),
        (payload((1, [[1] * 5000])), "damaged"),
        (payload((2, [])), "do not fit"),
        (payload((2, [b"\xff"])), "damaged"),
        (payload((2, [None])), "damaged"),
        (payload((3, [])), "do not fit"),
        (payload((3, [[1, "thread.begin", None]])), "do not fit"),
        (payload((4, [1])), "do not fit"),
        (payload((4, [-1])), "do not fit"),
        (payload((4, [0, 0])), "do not fit"),
        (payload((5, [0])), "do not fit"),
        (payload((5, [-1])), "do not fit"),
        (payload((5, [2])), "do not fit"),
        (payload((5, [1 << 62])), "do not fit"),
        (payload((6, [[1]])), "do not fit"),
        (payload((6, [[-1]])), "do not fit"),
        (payload((6, [[0, 0]])), "do not fit"),
        (payload((6, [[0], [0]])), "do not fit"),
        (payload((6, [])), "do not fit"),
    ],
)
def test_what_is_no_schedule(text, why):
    with pytest.raises(ScheduleError, match=why) as caught:
        decode(text)
    assert "\n" not in str(caught.value)


def test_the_schedule_that_these_are_variants_of_is_one():
    assert decode(payload()).settings == Settings(python="3.12.1")


def array(count, item):
    """A MessagePack array of equal items."""
    return b"\xdd" + count.to_bytes(4, "big") + item * count


@pytest.mark.parametrize("bomb", [b"\x00" * (1 << 27), array(10_000_000, b"\x90"), b"\xdd\xff\xff\xff\xff"])
def test_bombs(bomb):
    """A short text that stands for much is refused before it fills the memory."""
    head = b"\x97" + msgspec.msgpack.encode([0, "virtual", "sync", 0, 0, ""])
    text = text_of(zlib.compress(head + bomb))
    assert len(text) < 200_000
    with pytest.raises(ScheduleError):
        decode(text)


def test_every_changed_character_is_noticed(semaphore):
    text = semaphore.schedule
    choice = random.Random(1)
    for _ in range(1000):
        position = choice.randrange(4, len(text))
        changed = text[:position] + choice.choice("ABCxyz019-_=*") + text[position + 1 :]
        if changed != text and not (position == len(text) - 1):  # whose last bits stand for nothing
            with pytest.raises(ScheduleError):
                decode(changed)


def test_every_lost_part_is_noticed(semaphore):
    text = semaphore.schedule
    for position in range(4, len(text) - 1):
        with pytest.raises(ScheduleError):
            decode(text[:position])
