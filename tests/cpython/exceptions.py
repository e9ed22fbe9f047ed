"""Tests that pass without this project and do not pass under control: each with the reason.

The same in every test of a group, so that the reasons are few; the README says more of them.
"""

from __future__ import annotations

_SIGNALS = "a handler runs in the thread that is running, and not in the main thread while that one waits"
_ALARM = "the signal of `alarm` comes in real time, and the time limit that it comes before is over at once"
_ASYNC_EXC = "raises an exception in an OS thread by its ident, in C: controlled threads have no OS thread of their own"
_TSTATE = "looks at `Thread._tstate_lock`, which the interpreter releases when an OS thread ends"
_CALENDAR = "compares the times of files, which are real, with those of the program, which are not"
_TIGHT_LOOP = "a thread computes until another one changes a variable: only the host process interrupts it"
_FACTORY = "up to 3.12 `threading.Lock` is a function; here it is the class, and can be called"
_TLS = "TLS blocks in C, on a socket that is not one of this project's"

#: Test (without `test.`) -> why it does not pass under control.
EXPECTED: dict[str, str] = {
    "test_threading.InterruptMainTests.test_can_interrupt_tight_loops": _TIGHT_LOOP,
    "test_threading.InterruptMainTests.test_interrupt_main_subthread": _SIGNALS,
    "test_threading.ThreadTests.test_PyThreadState_SetAsyncExc": _ASYNC_EXC,
    "test_threading.ThreadTests.test_disallow_instantiation": _FACTORY,
    "test_threading.ThreadTests.test_shutdown_locks": _TSTATE,
    "test_threading.ThreadTests.test_tstate_lock": _TSTATE,
    "test_logging.HTTPHandlerTest.test_output": _TLS,
    "test_logging.TimedRotatingFileHandlerTest.test_rollover": _CALENDAR,
    "test_selectors.DefaultSelectorTestCase.test_select_interrupt_exc": _ALARM,
    "test_selectors.EpollSelectorTestCase.test_select_interrupt_exc": _ALARM,
    "test_selectors.PollSelectorTestCase.test_select_interrupt_exc": _ALARM,
    "test_selectors.SelectSelectorTestCase.test_select_interrupt_exc": _ALARM,
    "test_threadsignals.ThreadSignals.test_lock_acquire_interruption": _ALARM,
    "test_threadsignals.ThreadSignals.test_rlock_acquire_interruption": _ALARM,
    "test_threadsignals.ThreadSignals.test_signals": _SIGNALS,
}

#: Of these, those that do pass on some versions or machines.
SOMETIMES: set[str] = {
    "test_threading.ThreadTests.test_disallow_instantiation",  # on 3.13
}
