"""What stands for functions and classes written in C looks, and is used, like them."""

import _thread
import copy
import io
import os
import pickle
import queue
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from tests.support import passes
from tracer import patch

patch.install()

FUNCTIONS = [
    time.monotonic, time.perf_counter_ns, time.time, time.sleep, _thread.get_ident, _thread.start_new_thread, os.read,
    os.waitpid, threading.get_native_id, _thread._count,
]  # fmt: skip


def test_functions_are_not_bound_as_methods():
    class Timer:
        clock = time.monotonic
        wait = time.sleep
        who = threading.get_ident
        open = open

    def main():
        timer = Timer()
        begin = timer.clock()
        timer.wait(3)
        assert timer.clock() - begin > 3
        assert timer.who() == threading.current_thread().ident
        assert timer.clock is Timer.clock is time.monotonic

    passes(main)
    assert Timer().clock() > 0


def test_a_field_may_have_one_as_its_default():
    @dataclass
    class Timer:
        clock: object = time.monotonic

    assert Timer().clock is time.monotonic


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_functions_are_found_by_their_names(function):
    module = sys.modules[function.__module__]
    assert getattr(module, function.__qualname__) is function
    assert repr(function) == f"<built-in function {function.__name__}>"
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is copy.copy(function) is function
    assert not hasattr(function, "__dict__") or "__wrapped__" not in vars(function)


@pytest.mark.parametrize("cls", [type(threading.Lock()), type(threading.RLock()), threading.local, queue.SimpleQueue])
def test_classes_are_found_by_their_names(cls):
    assert getattr(sys.modules[cls.__module__], cls.__qualname__, None) is cls or cls.__name__ == "lock"
    assert cls.__module__ in ("_thread", "_queue")


def test_an_uncaught_exception_of_a_thread_without_an_object_names_its_ident():
    def main():
        try:
            raise ValueError("bug")
        except ValueError as error:
            arguments = threading.ExceptHookArgs((type(error), error, error.__traceback__, None))
        stream, sys.stderr = sys.stderr, io.StringIO()
        try:
            threading.__excepthook__(arguments)
            printed = sys.stderr.getvalue()
        finally:
            sys.stderr = stream
        assert printed.startswith(f"Exception in thread {threading.get_ident()}:\n")

    passes(main)
