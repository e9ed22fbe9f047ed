"""What is run: CPython's own test modules, and of some of them only the parts that are about threads."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Module:
    """One line of the table: the tests of some modules of the package `test`.

    Of the tests those are taken whose `Class.method` matches `only` and does not match `without`.
    """

    name: str
    modules: tuple[str, ...]
    only: str = ""
    without: str = r"^$"
    #: Runs in the gate, too: it is short.
    gate: bool = False

    def takes(self, test_id: str) -> bool:
        """Whether the test `module.Class.method` belongs to it."""
        test = ".".join(test_id.split(".")[-2:])
        return bool(re.search(self.only, test)) and not re.search(self.without, test)


_FUTURES = "test.test_concurrent_futures"

MODULES = [
    Module("test_threading", ("test.test_threading",), gate=True),
    Module("test_thread", ("test.test_thread",), gate=True),
    Module("test_threading_local", ("test.test_threading_local",), gate=True),
    Module("test_queue", ("test.test_queue",)),
    Module("test_sched", ("test.test_sched",), gate=True),
    Module(
        "test_concurrent_futures",
        tuple(
            f"{_FUTURES}.test_{part}" for part in ("as_completed", "future", "init", "shutdown", "thread_pool", "wait")
        ),
        only="^ThreadPool|^Future",
        gate=True,
    ),
    Module("test_context", ("test.test_context",), gate=True),
    Module(
        "test_logging",
        ("test.test_logging",),
        only="Handler|Listener|Memory|Manager|Shutdown|Logger|ConfigDict|ConfigFile|LogRecord|ModuleLevel|Builtin|Custom",
    ),
    Module("test_socketserver", ("test.test_socketserver",), gate=True),
    Module("test_selectors", ("test.test_selectors",)),
    Module("test_httpservers", ("test.test_httpservers",), gate=True),
    Module(
        "test_asyncio",
        ("test.test_asyncio.test_threads", "test.test_asyncio.test_runners", "test.test_asyncio.test_tasks"),
        only="^ToThread|Runner|^RunCoroutineThreadsafe|Run",
        gate=True,
    ),
    Module(
        "test_multiprocessing.dummy",
        ("test.test_multiprocessing_spawn.test_threads",),
        without="TestPool",  # its pool is a fixture of the class, and so its threads belong to no execution
    ),
    Module("test_threadsignals", ("test.test_threadsignals",)),
    Module("test_weakref", ("test.test_weakref",), only="Thread|thread|Finalize"),
    Module("test_import", ("test.test_importlib.test_threaded_import", "test.test_importlib.test_locks")),
]

BY_NAME = {module.name: module for module in MODULES}
