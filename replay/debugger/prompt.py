"""The prompt: pdb's commands for a frame, and commands for the whole program.

The commands of pdb that only look are pdb's own. Those that let the program go on are replaced, because here the
schedule says who goes on; those that would set its trace function are refused. Frames of this project are never shown.
"""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import pdb  # noqa: T100 - this is one
import signal
import sys
from typing import TYPE_CHECKING, Any

from replay.debugger.breaks import BreakError, parse_line, parse_operation
from replay.debugger.look import why_no_frame
from replay.unscheduled import undisturbed
from tracer import real
from tracer.places import Origin, origins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType, TracebackType

    from replay.debugger.look import Entry
    from replay.debugger.session import Session
    from replay.thread import Thread
    from replay.unscheduled import Unscheduled

#: Before 3.13 the locals of a function are copied into a dict for whoever asks, and changes are not copied back.
_COPIES_LOCALS = sys.version_info < (3, 13)

#: Commands of pdb's that would let the program go on, or make it stop, behind the schedule's back.
_REFUSED = tuple(
    "commands condition debug disable enable exceptions ignore jump j restart run return r tbreak".split()  # noqa: SIM905
)

#: Commands that need no frame.
_PROGRAM_WIDE = frozenset(
    "threads where holds waits events next n step s continue cont c until unt back goto thread quit q exit EOF "  # noqa: SIM905
    "help h break b clear cl alias unalias".split()
)

#: Words that a program may well use as names.
_NOT_IN_FRONT_OF_A_STATEMENT = _PROGRAM_WIDE.union(_REFUSED)


class Prompt(pdb.Pdb):
    """One prompt, opened again at each stop."""

    #: Frame -> what to display in it; pdb's own.
    displaying: dict[FrameType, dict[str, Any]]

    def __init__(self, session: Session) -> None:
        console = session.console
        # Pdb takes streams it is given for no terminal.
        super().__init__(stdin=console.input, stdout=console.out, nosigint=True, readrc=False)
        self.prompt = "(threadtrace) "
        self.use_rawinput = console.is_terminal
        self._session = session
        self._program = session.program
        self._runtime: Unscheduled
        self._thread: Thread
        #: Whether Ctrl-C came after the last command.
        self._interrupts_the_program = False
        #: Expressions to display, for each code: frames must not be kept beyond the prompt.
        self._displays: dict[CodeType, list[str]] = {}
        self.forget()

    # Opening and closing -------------------------------------------------------------------------------------

    def converse(self, runtime: Unscheduled, thread: Thread, title: Iterable[str]) -> None:
        """Reads and obeys commands until one of them lets the program go on."""
        self._runtime = runtime
        for line in title:
            self.message(line)
        self._turn_to(thread)
        before = real.signal(signal.SIGINT, self._interrupted)
        self._interrupts_the_program = False
        try:
            self._cmdloop()
        finally:
            self.allow_kbdint = False
            self._turn_away()
            if before is not None:
                real.signal(signal.SIGINT, before)
        if self._interrupts_the_program:
            self._session.interrupt()

    def _interrupted(self, signum: int, frame: FrameType | None) -> None:
        if self.allow_kbdint:
            raise KeyboardInterrupt
        self._interrupts_the_program = True  # it is as good as going on again

    def _turn_to(self, thread: Thread) -> None:
        """Looks at another thread."""
        self._turn_away()
        self._thread = self._runtime.current = thread
        entries, traceback = self._program.stack(thread)
        if not entries:
            return
        self.setup(entries[-1][0], traceback)
        frame = self.curframe
        assert frame is not None
        for expression in self._displays.get(frame.f_code, ()):
            value = self.displaying.setdefault(frame, {})[expression] = self._getval_except(expression)
            self.message(f"display {expression}: {value!r}")

    def _turn_away(self) -> None:
        """Keeps nothing of the program's alive."""
        for frame, values in self.displaying.items():
            self._displays[frame.f_code] = [*values]
        self.displaying.clear()
        if _COPIES_LOCALS:
            for frame, _ in self.stack if self.curframe is not None else ():
                # A traced frame copies the dict back when the trace function returns: it has to stay as it is.
                if frame.f_code.co_flags & inspect.CO_OPTIMIZED and frame.f_trace is None:
                    frame.f_locals.clear()
        self.forget()
        self.curframe_locals: Any = {}

    def get_stack(self, f: FrameType | None, t: TracebackType | None) -> tuple[list[Entry], int]:
        """The frames that the user wrote, and those of the standard library between them."""
        entries, _ = self._program.stack(self._thread)
        users = [index for index, (frame, _) in enumerate(entries) if origins[frame.f_code.co_filename] is Origin.USER]
        return entries, users[-1]

    # Commands ------------------------------------------------------------------------------------------------

    def onecmd(self, line: str) -> bool:
        """Obeys one command. What it evaluates disturbs nothing."""
        name, argument, _ = self.parseline(line)
        if self.curframe is None and line and (name not in _PROGRAM_WIDE or (name == "where" and not argument)):
            self.error(f"{why_no_frame(self._program, self._thread)}: there is no frame to look at; try `threads`")
            return False
        try:
            with undisturbed(self._session.kernel, self._session.about_to):
                return bool(super().onecmd(line))
        except Exception as error:  # whatever is wrong with a command is no error of the program's
            self.error(f"{type(error).__name__}: {error}")
            return False
        finally:
            self._session.history(line)

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Takes `condition.wait()`, `events[0]`, `c = 1` for statements, not for commands."""
        name, argument, line = super().parseline(line)
        if not name or not argument or name not in _NOT_IN_FRONT_OF_A_STATEMENT:
            return name, argument, line
        if line[len(name)] in ".[(" or (argument[0] == "=" and argument[:2] != "=="):
            return None, None, line
        return name, argument, line

    def default(self, line: str) -> None:
        """A statement, executed in the frame."""
        super().default(line)
        frame = self.curframe
        assert frame is not None
        if _COPIES_LOCALS and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))

    def do_interact(self, arg: str) -> None:
        """interact

        Start an interactive interpreter with the names of the frame. Ctrl-D comes back.
        """
        with contextlib.suppress(SystemExit):
            super().do_interact(arg)

    def get_names(self) -> list[str]:
        """What `help` lists."""
        return [name for name in super().get_names() if name.removeprefix("do_") not in _REFUSED]

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.message(line)

    def _named(self, name: str) -> Thread | None:
        try:
            return self._program.thread(name)
        except LookupError as error:
            self.error(error.args[0])
            return None

    def _number(self, arg: str, default: int | None, what: str) -> int | None:
        if not arg and default is not None:
            return default
        if not arg.isdecimal() or not int(arg[:12]):
            self.error(f"{what}: a number from 1 on is needed, not {arg or 'nothing'}")
            return None
        return int(arg[:12])

    def do_threads(self, arg: str) -> None:
        """threads

        All threads: what each one does or stands before, and where. -> is the one that is looked at.
        """
        self._print(self._program.threads(self._thread))

    def do_thread(self, arg: str) -> None:
        """thread NAME

        Look at this thread: from now on p, l, w, u, d and the like are about its frames.
        """
        thread = self._named(arg) if arg else self._thread
        if thread is None:
            return
        self._turn_to(thread)
        if self.curframe is None:
            self.message(why_no_frame(self._program, thread))
        else:
            self.message(f"{thread.label} ({self._program.state(thread)})")
            self.print_stack_entry(self.stack[self.curindex])

    def do_where(self, arg: str) -> None:
        """w(here) [THREAD]

        The stack of this thread, where > is the frame that p, l and so on are about; or of another thread.
        """
        if not arg:
            self.print_stack_trace()
        elif (thread := self._named(arg)) is not None:
            self._print(self._program.where(thread))

    do_w = do_bt = do_where

    def do_holds(self, arg: str) -> None:
        """holds

        The locks that are held, by whom, and where they were acquired.
        """
        self._print(self._program.holds())

    def do_waits(self, arg: str) -> None:
        """waits

        The threads that are blocked, what each one waits for, and who holds that.
        """
        self._print(self._program.waits())

    def do_events(self, arg: str) -> None:
        """events [N]

        The last N events, 10 unless told; at an event, the last one is the event itself.
        """
        count = self._number(arg, 10, "events")
        if count is not None:
            self._print(self._program.events(count))

    # Going on --------------------------------------------------------------------------------------------------

    def do_next(self, arg: str) -> bool:
        """n(ext)

        Go on to the next event, of whichever thread.
        """
        self._session.go_to_next()
        return True

    def do_step(self, arg: str) -> bool:
        """s(tep)

        Go on to the next line of the program's in this thread. Others may run meanwhile, as they did.
        """
        if self._program.state(self._thread) == "ended":
            self.error(f"{self._thread.label} has ended")
            return False
        self._session.go_to_line(self._thread)
        return True

    def do_until(self, arg: str) -> bool:
        """unt(il) [THREAD]

        Go on to the next event of this thread.
        """
        thread = self._named(arg) if arg else self._thread
        if thread is not None and self._program.state(thread) == "ended":
            self.error(f"{thread.label} has ended")
        elif thread is not None:
            self._session.go_to_event_of(thread)
            return True
        return False

    def do_continue(self, arg: str) -> bool:
        """c(ont(inue))

        Go on to the next breakpoint, or to the end. When the execution is over: leave, and print the report.
        """
        self._session.go_on()
        return True

    def do_goto(self, arg: str) -> bool:
        """goto N

        Go to event N. For an earlier one the program is executed again up to there; what it prints is not repeated.
        """
        number = self._number(arg, None, "goto")
        return number is not None and self._go(number)

    def do_back(self, arg: str) -> bool:
        """back [N]

        Go back N events, 1 unless told: `goto` an earlier event.
        """
        count = self._number(arg, 1, "back")
        if count is None:
            return False
        here = self._program.count if self._session.at_event else self._program.count + 1
        return self._go(max(1, here - count))

    def _go(self, number: int) -> bool:
        if self._session.at_event and number == self._program.count:
            self.message(f"this is event {number:,}")
            return False
        if number > self._program.count and self._program.over:
            self.error(f"the execution is over: its last event is {self._program.count:,}")
            return False
        if number <= self._program.count and (why := self._session.why_not_back()):
            self.error(why)
            return False
        self._session.go_to(number)
        return True

    def do_quit(self, arg: str) -> bool:
        """q(uit)

        End the replay here, and print the report.
        """
        self._session.quit()
        return True

    def do_EOF(self, arg: str) -> bool:
        """EOF

        Ctrl-D: quit.
        """
        self.message("")
        return self.do_quit(arg)

    # Breakpoints ---------------------------------------------------------------------------------------------

    def do_break(self, arg: str, temporary: object = False) -> None:
        """b(reak) [[FILE:]LINE | OPERATION [OBJECT]]

        Stop whenever a thread comes to this line, or executes this operation; `break lock.acquire lock_a`.
        Without an argument, list the breakpoints.
        """
        if not arg:
            shown = self._session.breaks.shown()
            self._print([f"{number}  {text}" for number, text in enumerate(shown, 1)] or ["there are no breakpoints"])
            return
        if arg.isdecimal() and self.curframe is not None:
            arg = f"{self.curframe.f_code.co_filename}:{arg}"
        try:
            if ":" in arg:
                self._session.breaks.lines.append(parse_line(arg, self._session.job_program))
            else:
                self._session.breaks.operations.append(parse_operation(arg))
        except BreakError as error:
            self.error(str(error))
            return
        self._session.breaks_changed()
        self.message(f"breakpoint: {arg}")

    def do_clear(self, arg: str) -> None:
        """cl(ear) N

        Remove breakpoint N, as `break` numbers them.
        """
        number = self._number(arg, None, "clear")
        if number is None:
            return
        try:
            self._session.breaks.remove(number)
        except IndexError:
            self.error(f"there is no breakpoint {number}; `break` lists them")
            return
        self._session.breaks_changed()

    def _refuse(self, arg: str) -> None:
        """Not possible in a replay."""
        self.error("this command of pdb's is not possible in a replay, where the schedule says what happens next")

    do_n = do_next
    do_s = do_step
    do_unt = do_until
    do_c = do_cont = do_continue
    do_q = do_exit = do_quit
    do_b = do_break
    do_cl = do_clear


for _name in _REFUSED:
    setattr(Prompt, f"do_{_name}", Prompt._refuse)
