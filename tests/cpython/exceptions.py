"""Tests that pass without this project and do not pass under control: each with the reason.

The same in every test of a group, so that the reasons are few; the README says more of them.
"""

from __future__ import annotations

_ASYNC_EXC = "raises an exception in an OS thread by its ident, in C: controlled threads have no OS thread of their own"
_TSTATE = "looks at `Thread._tstate_lock`, which the interpreter releases when an OS thread ends"
_CALENDAR = "compares the times of files, which are real, with those of the program, which are not"
_TIGHT_LOOP = "a thread computes until another one changes a variable: only the host process interrupts it"
_FACTORY = "up to 3.12 `threading.Lock` is a function; here it is the class, and can be called"
_TLS = "TLS blocks in C, on a socket that is not one of this project's"

#: Test (without `test.`) -> why it does not pass under control.
EXPECTED: dict[str, str] = {
    "test_threading.InterruptMainTests.test_can_interrupt_tight_loops": _TIGHT_LOOP,
    "test_threading.ThreadTests.test_PyThreadState_SetAsyncExc": _ASYNC_EXC,
    "test_threading.ThreadTests.test_disallow_instantiation": _FACTORY,
    "test_threading.ThreadTests.test_shutdown_locks": _TSTATE,
    "test_threading.ThreadTests.test_tstate_lock": _TSTATE,
    "test_logging.HTTPHandlerTest.test_output": _TLS,
    "test_logging.TimedRotatingFileHandlerTest.test_rollover": _CALENDAR,
}

#: Of these, those that do pass on some versions or machines.
SOMETIMES: set[str] = {
    "test_threading.ThreadTests.test_disallow_instantiation",  # on 3.13
}
