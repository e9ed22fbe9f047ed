"""Runs CPython's own tests plainly and under control, and prints a table.

    python -m tests.cpython [--module test_queue] [--match text] [--verbose] [--strategy random --seed 3]

Each test is one execution, in which the test's main thread and all threads that it starts are controlled. Exit status 1
when a test that passes plainly fails under control and is not listed, with its reason, in `exceptions`; and when
one that is listed passes.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.cpython.children import TIME_LIMIT, Child, Options
from tests.cpython.modules import BY_NAME, MODULES
from tests.cpython.table import Row, print_head, print_row, print_sum


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--module", action="append", choices=sorted(BY_NAME), help="only this one; repeatable")
    parser.add_argument("--gate", action="store_true", help="only the modules that take little time")
    parser.add_argument("--match", default="", help="only tests whose name contains this")
    parser.add_argument("--verbose", action="store_true", help="with skipped tests, all reasons, and times")
    parser.add_argument("--strategy", default="round-robin")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=TIME_LIMIT, help="seconds for a test")
    arguments = parser.parse_args()
    options = Options(arguments.strategy, arguments.seed, arguments.match, arguments.time_limit)
    rows = []
    print_head()
    for module in MODULES:
        if arguments.module and module.name not in arguments.module:
            continue
        if arguments.gate and not module.gate:
            continue
        with ThreadPoolExecutor(2) as pool:
            plain = pool.submit(Child(module.name, "plain", options).run)
            control = pool.submit(Child(module.name, "control", options).run)
        rows.append(Row(module.name, plain.result(), control.result()))
        print_row(rows[-1], verbose=arguments.verbose)
    print_sum(rows)
    return 1 if any(row.is_wrong for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
