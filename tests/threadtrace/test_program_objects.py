"""What watches the program keeps nothing of it: its objects are finalized where they are let go."""

import pytest

from tests.support import command

#: A thread that lets go of many objects; each is finalized at once, by itself and not by the garbage collector.
PROGRAM = """
import gc, threading, time
from tracer import real

class Thing:
    def __del__(self):
        ended.append(real.get_ident())

def work():
    thing = Thing()
    until = real.monotonic() + 0.001
    while real.monotonic() < until:
        pass
    lock.acquire()
    lock.release()

lock = threading.Lock()
ended = []
gc.disable()
for count in range(1, 500):
    work()
    assert len(ended) == count, (len(ended), count)
assert len(set(ended)) == 1
thread = threading.Thread(target=work)
thread.start()
thread.join()
assert len(ended) == 500
"""


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_nothing_is_kept(tmp_path, clock):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = command("run", "--quiet", "--clock", clock, "program.py", cwd=tmp_path)
    assert done.status == 0, done.out + done.err
