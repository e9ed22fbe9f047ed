"""`sqlite3`: a database that another thread's transaction has locked.

SQLite waits for it inside of its own code, by sleeping and trying again, until the connection's time limit is over.
That would block the process, and with it the thread whose transaction has to end. SQLite asks a *busy handler* whether
to try again, so each connection gets one that says no and remembers that it was asked. Then the thread sleeps, on
program time and for as long as SQLite would, and executes the statement again. What is refused without the handler
being asked (two transactions that wait for each other, a read that is too old to be followed by a write) is refused at
once, as ever.

A connection is told from others by its address, and belongs to the thread under control that made it: the check that
`check_same_thread` asks for is made here, since to SQLite's module all threads are one.
"""

from __future__ import annotations

import ctypes
import itertools
import sys
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.primitives.timeouts import SECOND
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MILLISECOND = SECOND // 1000

#: The first version of Python of which it is not known that a connection begins with the library's own.
_UNKNOWN_FROM = (3, 14)

#: How long SQLite sleeps before each attempt, in milliseconds; then always the last.
_DELAYS = (1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100)

#: Where `sqlite3.connect` takes what is of interest here.
_TIMEOUT, _CHECK_SAME_THREAD = 1, 4

#: What `progress` of a backup is told when it has to try again: SQLITE_BUSY and SQLITE_LOCKED.
_TRY_AGAIN = (5, 6)

_BusyHandler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Library:
    """The functions in C that are needed, where the module is linked with a library that has them."""

    def __init__(self, path: str | None) -> None:
        library = ctypes.CDLL(path)
        self.busy_handler = library.sqlite3_busy_handler
        self.busy_handler.argtypes = [ctypes.c_void_p, _BusyHandler, ctypes.c_void_p]
        self.busy_timeout = library.sqlite3_busy_timeout
        self.busy_timeout.argtypes = [ctypes.c_void_p, ctypes.c_int]


class _Connection:
    """What is known of a connection: its time limit, in milliseconds, and its thread if no other one may use it."""

    def __init__(self, library: _Library, connection: Any, timeout: int, owner: int | None) -> None:
        self.timeout = timeout
        self.owner = owner
        #: Begins with the library's own connection, until it is closed.
        self._inner = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
        self.was_busy = False
        self._library = library
        self._handler = _BusyHandler(self._busy)
        self.take()

    def take(self) -> None:
        """From now on this decides what happens when the database is locked."""
        if self._inner.value is not None:
            self._library.busy_handler(self._inner, self._handler, None)

    def give_back(self) -> None:
        """From now on SQLite does."""
        if self._inner.value is not None:
            self._library.busy_timeout(self._inner, self.timeout)

    def _busy(self, unused: object, attempts: int) -> int:
        """SQLite asks whether it should try again, after so many attempts."""
        self.was_busy = True
        if door.runtime is not None:
            return 0
        delay = self.delay(attempts)
        real.sleep(delay / 1000)
        return int(delay > 0)

    def delay(self, attempts: int) -> int:
        """How long to sleep after so many attempts, in milliseconds; 0 when the time is over."""
        last = len(_DELAYS) - 1
        passed = sum(_DELAYS[:attempts]) + max(0, attempts - last - 1) * _DELAYS[last]
        return max(0, min(_DELAYS[min(attempts, last)], self.timeout - passed))


class _Items:
    """Those of `executemany`. The last one is given again where it was refused."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)
        self._last: tuple[Any, ...] = ()

    def __iter__(self) -> Iterator[Any]:
        for item in itertools.chain(self._last, self._items):
            self._last = (item,)
            yield item
        self._last = ()


def _statements(script: str, is_complete: Callable[[str], bool]) -> Iterator[str]:
    """The statements of a script."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if is_complete(statement):
            yield statement
            statement = ""
    if statement.strip("; \n\t\r"):
        yield statement[:-1]


def patches(module: Any) -> dict[type, dict[str, Any]]:
    """What replaces methods of the classes of `sqlite3`; nothing where the library cannot be reached."""
    if sys.version_info >= _UNKNOWN_FROM:
        return {}
    try:
        library = _Library(getattr(sys.modules["_sqlite3"], "__file__", None))
    except (OSError, AttributeError):
        return {}
    known: dict[int, _Connection] = {}
    connection_kind, cursor_kind = module.Connection, module.Cursor
    init, cursor, commit = connection_kind.__init__, connection_kind.cursor, connection_kind.commit
    rollback, close, backup_ = connection_kind.rollback, connection_kind.close, connection_kind.backup
    execute_, executemany_ = cursor_kind.execute, cursor_kind.executemany
    executescript_ = cursor_kind.executescript

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        known.pop(id(self), None)  # one that had this address before
        init(self, *args, **kwargs)
        runtime = door.runtime
        if runtime is None:
            return
        timeout = args[_TIMEOUT] if len(args) > _TIMEOUT else kwargs.get("timeout", 5.0)
        check = args[_CHECK_SAME_THREAD] if len(args) > _CHECK_SAME_THREAD else kwargs.get("check_same_thread", True)
        known[id(self)] = _Connection(library, self, int(timeout * 1000), runtime.current.ident if check else None)

    def of(connection: Any) -> _Connection | None:
        """The connection under control; None where there is nothing to be done."""
        found = known.get(id(connection))
        runtime = door.runtime
        if runtime is None or found is None:
            return None
        if found.owner not in (None, runtime.current.ident) and not runtime.over:
            raise module.ProgrammingError(
                "SQLite objects created in a thread can only be used in that same thread. The object was created in "
                f"thread id {found.owner} and this is thread id {runtime.current.ident}."
            )
        return found

    def attempt(found: _Connection, call: Callable[[], Any]) -> Any:
        """Executes what may have to wait for another transaction."""
        attempts = 0
        while True:
            found.was_busy = False
            try:
                return call()
            except module.OperationalError:
                runtime = door.runtime
                delay = found.delay(attempts)
                if not found.was_busy or not delay or runtime is None:
                    raise
            attempts += 1
            runtime.park("database.wait", None, {}, delay * _MILLISECOND)
            runtime.time_out("database.wake", None)

    def use(connection: Any, operation: str, call: Callable[[], Any]) -> Any:
        found = of(connection)
        runtime = door.runtime
        if found is None or runtime is None:
            return call()
        runtime.reach(operation, None, True, None)
        return attempt(found, call)

    def execute(self: Any, sql: str, *args: Any) -> Any:
        found = of(self.connection)
        if found is None or not isinstance(sql, str) or "busy_timeout" not in sql.lower():
            return use(self.connection, "database.execute", lambda: execute_(self, sql, *args))
        found.give_back()
        try:
            result = execute_(self, sql, *args)
            asking = cursor(self.connection)
            asking.row_factory = None
            (found.timeout,) = execute_(asking, "PRAGMA busy_timeout").fetchone()
        finally:
            found.take()
        return result

    def executemany(self: Any, sql: str, items: Any) -> Any:
        if of(self.connection) is not None:
            items = _Items(items)
        return use(self.connection, "database.execute", lambda: executemany_(self, sql, items))

    def executescript(self: Any, script: Any) -> Any:
        """Statement by statement: what was executed before one was refused is not executed again."""
        connection = self.connection
        if of(connection) is None or not isinstance(script, str):
            return executescript_(self, script)
        by_itself = getattr(connection, "autocommit", -1) == -1
        if by_itself and connection.in_transaction:
            use(connection, "database.commit", lambda: commit(connection))
        level = connection.isolation_level
        connection.isolation_level = None
        own = cursor(connection)
        try:
            for statement in _statements(script, module.complete_statement):
                execute(own, statement)
                for _ in own:
                    pass
        finally:
            own.close()
            connection.isolation_level = level
        return self

    def __exit__(self: Any, kind: Any, error: Any, traceback: Any) -> bool:
        if of(self) is None or kind is not None:
            return bool(exit_(self, kind, error, traceback))
        try:
            self.commit()
        except BaseException:
            rollback(self)
            raise
        return False

    def backup(self: Any, target: Any, *, progress: Any = None, sleep: float = 0.25, **kwargs: Any) -> None:
        runtime = door.runtime
        if runtime is None or of(self) is None:
            backup_(self, target, progress=progress, sleep=sleep, **kwargs)
            return

        def look(status: int, remaining: int, total: int) -> None:
            if progress is not None:
                progress(status, remaining, total)
            if status in _TRY_AGAIN:
                runtime.park("database.wait", None, {}, max(1, round(sleep * SECOND)))
                runtime.time_out("database.wake", None)

        runtime.reach("database.execute", None, True, None)
        backup_(self, target, progress=look, sleep=0, **kwargs)

    def checked(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            of(self)
            return method(self, *args, **kwargs)

        return call

    def on_own_cursor(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method of a connection that makes a cursor and calls the cursor's."""
        original = getattr(connection_kind, name)

        def call(self: Any, *args: Any) -> Any:
            return original(self, *args) if of(self) is None else method(self.cursor(), *args)

        return call

    exit_ = connection_kind.__exit__
    return {
        connection_kind: {
            "__init__": __init__,
            "__exit__": __exit__,
            "commit": lambda self: use(self, "database.commit", lambda: commit(self)),
            "cursor": checked(cursor),
            "rollback": checked(rollback),
            "close": checked(close),
            "backup": backup,
            "execute": on_own_cursor("execute", execute),
            "executemany": on_own_cursor("executemany", executemany),
            "executescript": on_own_cursor("executescript", executescript),
        },
        cursor_kind: {"execute": execute, "executemany": executemany, "executescript": executescript},
    }
