"""The functions of the `signal` module, as the program sees them."""

import _thread
import os
import signal

import pytest

from tests.replay.signals.support import in_thread, raises
from tests.support import passes


def test_the_program_sees_its_own_handlers():
    def main():
        def handler(number, frame):
            pass

        assert signal.signal(signal.SIGUSR1, handler) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGUSR1) is handler
        assert signal.signal(signal.SIGUSR1, signal.SIG_IGN) is handler
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
        with pytest.raises(TypeError):
            signal.signal(signal.SIGUSR1, "no handler")
        with pytest.raises(OSError, match="Invalid argument"):
            signal.signal(signal.SIGKILL, handler)
        assert signal.getsignal(signal.SIGKILL) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(ValueError, match="out of range"):
            signal.signal(1000, handler)

    passes(main)


def test_only_the_main_thread_installs_handlers():
    def main():
        refused = []

        def work():
            try:
                signal.signal(signal.SIGUSR1, raises)
            except ValueError as error:
                refused.append(str(error))

        in_thread(work).join()
        assert refused == ["signal only works in main thread of the main interpreter"]

    passes(main)


def test_handlers_are_gone_when_the_execution_is_over():
    before = signal.getsignal(signal.SIGUSR1)
    passes(lambda: signal.signal(signal.SIGUSR1, raises))
    assert signal.getsignal(signal.SIGUSR1) is before


def test_bad_arguments_are_refused_as_elsewhere():
    def main():
        with pytest.raises(TypeError):
            os.kill(os.getpid(), "TERM")
        with pytest.raises(ValueError, match="out of range"):
            _thread.interrupt_main(1000)
        with pytest.raises(signal.ItimerError):
            signal.setitimer(signal.ITIMER_REAL, -1)
        with pytest.raises(TypeError):
            signal.alarm("1")
        os.kill(os.getpid(), 0)

    passes(main)
