"""`threadtrace run --keep-going`: threads that can never go on are reported, and the others go on."""

import pytest

from tests.support import command

pytestmark = pytest.mark.one_version

TWO_DEADLOCKS = """
import threading, time
a, b = threading.Lock(), threading.Lock()
here = threading.Barrier(2)
def work(x, y):
    with x:
        here.wait()
        with y:
            pass
threading.Thread(target=work, args=(a, b), name="L").start()
threading.Thread(target=work, args=(b, a), name="R").start()
for number in range(5):
    time.sleep(1)
    print("tick", number)
me = threading.Event()
def own(): me.wait()
threading.Thread(target=own, name="E").start()
time.sleep(1)
print("the end")
"""


@pytest.mark.parametrize("source", ["program.trace", "schedule"])
def test_all_deadlocks_are_reported_and_again_in_a_replay(tmp_path, source):
    (tmp_path / "program.py").write_text(TWO_DEADLOCKS)
    done = command("run", "--json", "--keep-going", "program.py", cwd=tmp_path)
    assert done.status == 1
    first, second = done.json["failures"]
    assert first["threads"] == ["L", "R"]
    assert second["threads"] == ["MainThread", "L", "R", "E"]
    assert "the end" in done.err
    recording = (source,) if source != "schedule" else (first["schedule"], "program.py")
    again = command("replay", "--json", *recording, cwd=tmp_path)
    assert again.json["verdict"] == "failed"
    assert [one["fingerprint"] for one in again.json["failures"]] == [first["fingerprint"], second["fingerprint"]]


def test_without_it_the_first_deadlock_is_the_end(tmp_path):
    (tmp_path / "program.py").write_text(TWO_DEADLOCKS)
    done = command("run", "--json", "program.py", cwd=tmp_path)
    (failure,) = done.json["failures"]
    assert failure["threads"] == ["L", "R"]
    assert "tick" not in done.err
