"""Tries the reduction on as many random programs as one likes: `python -m tests.replay.exploring FIRST LAST`."""

from __future__ import annotations

import sys
import time

from tests.replay.exploring.brute_force import reachable
from tests.replay.exploring.programs import compile_to_function, generate
from tests.replay.exploring.searching import search
from tracer import patch

#: Programs with more executions are only looked at so far.
_MOST = 3_000


def main(first: int, last: int) -> int:
    """Prints what is wrong; gives how many programs that was."""
    wrong = whole = cut = unfinished = 0
    begin = time.monotonic()
    for seed in range(first, last):
        program = generate(seed)
        there_is = reachable(program)
        found = search(compile_to_function(program), _MOST)
        whole += found.search.whole
        cut += found.search.cut
        unfinished += not found.search.is_done
        extra = found.finals - there_is.finals or found.deadlocks - there_is.deadlocks
        missing = found.search.is_done and (there_is.finals - found.finals or there_is.deadlocks - found.deadlocks)
        if extra or missing or found.search.doubt:
            wrong += 1
            print(f"program {seed}: missing {missing}, extra {extra}, doubt {found.search.doubt!r}", flush=True)
    print(
        f"{last - first} programs, {wrong} wrong, {unfinished} with more than {_MOST} executions; {whole} executions, "
        f"and {cut} given up, in {time.monotonic() - begin:.0f} s"
    )
    return wrong


if __name__ == "__main__":
    patch.install()
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]))))
