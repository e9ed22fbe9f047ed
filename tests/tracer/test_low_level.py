"""Threads of the module `_thread`, and threads that are started by what the program put in its place."""

import _thread
import os
import sys
import threading
import time

import pytest

from tests.support import passes

JOINABLE = sys.version_info >= (3, 13)
STARTER = "_start_joinable_thread" if JOINABLE else "_start_new_thread"


def test_threads_are_counted_until_they_end():
    def main():
        lock = threading.Lock()
        before = _thread._count()
        with lock:
            _thread.start_new_thread(lock.acquire, ())
            threading.Thread(target=lock.acquire, daemon=True).start()
            assert _thread._count() == before + 2
        while _thread._count() == before + 2:
            time.sleep(0.1)
        assert _thread._count() == before + 1

    passes(main)


def test_what_the_program_puts_in_the_place_of_starting_is_called(monkeypatch):
    original = getattr(threading, STARTER)
    calls = []

    def start(function, *args, **kwargs):
        calls.append(function)

        def run():
            calls.append(threading.current_thread().name)
            function()

        return original(run, *args, **kwargs)

    monkeypatch.setattr(threading, STARTER, start)

    def main():
        done = []
        thread = threading.Thread(target=lambda: done.append(threading.current_thread()), name="Worker")
        thread.start()
        assert (thread.ident and thread.is_alive()) or done
        thread.join()
        assert done == [thread] and not thread.is_alive()
        assert not threading._limbo

    passes(main, strategy="random", seed=3)
    assert calls[0].__func__ is threading.Thread._bootstrap


def test_a_thread_that_cannot_be_started_is_forgotten(monkeypatch):
    def fail(*args, **kwargs):
        raise threading.ThreadError("no more threads")

    monkeypatch.setattr(threading, STARTER, fail)

    def main():
        thread = threading.Thread(target=print)
        with pytest.raises(threading.ThreadError):
            thread.start()
        assert thread not in threading._limbo
        assert threading.enumerate() == [threading.main_thread()]

    passes(main)


@pytest.mark.skipif(not JOINABLE, reason="since 3.13")
@pytest.mark.parametrize("seed", range(5))
def test_handles_of_threads(seed):
    def main():
        lock, done = threading.Lock(), []

        def work():
            with lock:
                done.append(threading.get_ident())

        with lock:
            handle = _thread.start_joinable_thread(work, daemon=False)
            assert not handle.is_done()
            handle.join(1)
            assert not handle.is_done()
        handle.join()
        handle.join()
        assert handle.is_done() and done == [handle.ident]
        with pytest.raises(RuntimeError, match="thread already started"):
            _thread.start_joinable_thread(work, handle=handle)
        thread = threading.Thread(target=work)
        with pytest.raises(RuntimeError, match="thread not started"):
            thread._handle.join()
        thread.start()
        thread._handle.join()
        assert thread._handle.ident == thread.ident and not thread.is_alive()

    passes(main, strategy="random", seed=seed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("in_a_thread", [False, True])
def test_a_forked_child_goes_on_alone(in_a_thread):
    statuses = []

    def main():
        lock = threading.Lock()
        lock.acquire()
        other = threading.Thread(target=lock.acquire, daemon=True)
        other.start()

        def work():
            child = os.fork()
            if child == 0:
                alone = threading.enumerate() == [threading.main_thread()] == [threading.current_thread()]
                os._exit(10 if alone and not other.is_alive() else 11)
            statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

        if in_a_thread:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        else:
            work()
        assert other.is_alive()
        lock.release()

    passes(main)
    assert statuses == [10]
