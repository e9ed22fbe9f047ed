"""Open files as objects of a trace, and where that may come from which a thread waits for in one.

A descriptor is known by its number, and is the same as before only while it is the same file: numbers are used again.
"""

from __future__ import annotations

import os
import stat
import struct
from typing import TYPE_CHECKING, Any

from tracer import real
from tracer.names import Birth, birth
from tracer.places import origins
from tracer.primitives.outside.polling import ready
from tracer.runtime import Whence, door

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from weakref import ref

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment]

_KINDS = {
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "terminal",
}


#: See `identity`.
Identity = tuple[int, int, int]


class Descriptor:
    """An open file. `identity` tells it from others that had its number, `other_end` that of a pipe or a pair.

    `part_of` is the object that it is an attribute of, and the attribute's name, where it has no name of its own. One
    that is `shared` was given to another process.
    """

    __slots__ = (
        "__weakref__",
        "_threadtrace_label",
        "birth",
        "identity",
        "kind",
        "number",
        "other_end",
        "part_of",
        "shared",
    )

    def __init__(self, number: int, identity: Identity, kind: str, made: Birth) -> None:
        self._threadtrace_label: object = None
        self.number = number
        self.identity = identity
        self.kind = kind
        self.birth = made
        self.other_end: Descriptor | None = None
        self.part_of: tuple[Any, str] | None = None
        self.shared = False


#: Standard input, output and error have the same numbers always.
_STANDARD = (0, 1, 2)


class _Known:
    """The descriptors of this process."""

    def __init__(self) -> None:
        self.by_number: dict[int, Descriptor] = {}
        #: Sockets of this process, for finding the other end of a connection.
        self.sockets: dict[int, ref[socket.socket]] = {}
        #: Another process may have any of these files open, too.
        self.shared = False


known = _Known()


def _before_fork() -> None:
    if door.runtime is not None:
        known.shared = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)


def identity(number: int, status: os.stat_result | None = None) -> Identity:
    """Device and inode of an open file, and whether it is for reading or writing: both ends of a pipe are one inode.

    Raises OSError.
    """
    status = status or os.fstat(number)
    access = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE if fcntl is not None else 0
    return status.st_dev, status.st_ino, access


def descriptor(number: int) -> Descriptor:
    """The descriptor of an open file. Raises OSError where it is not open."""
    status = os.fstat(number)
    same = identity(number, status)
    found = known.by_number.get(number)
    if found is None or found.identity != same:
        found = known.by_number[number] = _find(number, same, status)
    return found


def _find(number: int, same: Identity, status: os.stat_result) -> Descriptor:
    """One that was not seen when it was made: a copy of one that was, or one that came from elsewhere.

    Numbers are the system's: the same file can have another one when the program is executed again.
    """
    for original in known.by_number.values():
        if original.identity == same and original.kind != "socket":
            found = Descriptor(number, same, original.kind, original.birth)
            found.other_end = original.other_end
            return found
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "file")
    return Descriptor(number, same, f"{kind} {number}" if number in _STANDARD else kind, Birth([], 0))


def introduce(number: int, element: int | None = None) -> Descriptor:
    """A new descriptor, made just now; of several that one call gives, `element` is its number."""
    made = _users(birth())
    made.element = element
    return _introduce(number, made)


def introduce_pair(one: int, other: int) -> None:
    """Two descriptors of which each is the other end of the other."""
    made = _users(birth())
    first = _introduce(one, Birth(made.places, made.index, made.key, 0))
    second = _introduce(other, Birth(made.places, made.index, made.key, 1))
    first.other_end, second.other_end = second, first


def _introduce(number: int, made: Birth) -> Descriptor:
    status = os.fstat(number)
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "file")
    found = known.by_number[number] = Descriptor(number, identity(number, status), kind, made)
    return found


def _users(made: Birth) -> Birth:
    """A birth whose first place is the user's, if any is: what the standard library calls it inside matters little."""
    users = [position for position, place in enumerate(made.places) if not origins[place[0].co_filename]]
    del made.places[: users[0] if users else 0]
    return made


def share(number: int) -> None:
    """Another process is given this file."""
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            known.shared = True  # the other ends of a socket are found by their addresses
        else:
            descriptor(number).shared = True
    except OSError:  # it is none, and starting the process fails
        pass


def may_block(number: int) -> bool:
    """Whether reading or writing this file may wait for somebody else. Raises OSError where it is not open."""
    mode = os.fstat(number).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)


def whence(wanted: Mapping[int, int]) -> Whence:
    """Where that may come from which makes one of these files ready; for none of them, nowhere outside."""
    return max((_whence(number) for number in wanted), default=Whence.INSIDE)


def _whence(number: int) -> Whence:
    if known.shared:
        return Whence.OUTSIDE
    try:
        found = descriptor(number)
        other = found.other_end
        if other is not None:
            inside = not other.shared and identity(other.number) == other.identity
            return Whence.INSIDE if inside else Whence.OUTSIDE
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            return _whence_of_socket(number)
    except OSError:  # one of them is closed
        pass
    return Whence.OUTSIDE


def _whence_of_socket(number: int) -> Whence:
    own = _socket(number)
    if own is None:
        return Whence.OUTSIDE
    try:
        far = own.getpeername()
    except OSError:  # it listens, or is not connected
        return Whence.ANYBODY
    if own.family.name == "AF_UNIX":
        return Whence.INSIDE if _is_of_this_process(own) else Whence.OUTSIDE
    others = [_socket(other) for other in list(known.sockets) if other != number]
    return Whence.LOOPBACK if any(one is not None and _is_at(one, far) for one in others) else Whence.OUTSIDE


def _socket(number: int) -> socket.socket | None:
    """The socket of this number; None where it is closed, or was made by others."""
    reference = known.sockets.get(number)
    found = reference() if reference is not None else None
    return found if found is not None and found.fileno() == number else None


def _is_of_this_process(own: socket.socket) -> bool:
    """Whether the other end of a local socket is, as far as the system tells."""
    import socket

    if not hasattr(socket, "SO_PEERCRED"):
        return False
    process, _, _ = struct.unpack("3i", own.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(process == os.getpid())


def _is_at(one: socket.socket, address: Any) -> bool:
    """Whether a socket has this address; one that listens may have all addresses of the machine."""
    try:
        own = one.getsockname()
    except OSError:
        return False
    if isinstance(own, tuple) and isinstance(address, tuple) and own[0] in ("0.0.0.0", "::"):  # noqa: S104
        return bool(own[1] == address[1])
    return bool(own == address)


class Files:
    """Some open files, and what is wanted of each. Implements `tracer.runtime.Awaited`.

    The `owner` is the socket that the file is one of, where there is one: when it is closed before anybody waits, the
    number may be that of another file already.
    """

    def __init__(self, wanted: Mapping[int, int], owner: socket.socket | None = None) -> None:
        self.wanted = wanted
        self._owner = owner
        #: The same files under other numbers, while they are waited for.
        self.copies: dict[int, int] = {}
        self._held: dict[int, int] | None = None

    def is_ready(self) -> bool:
        """Whether the operation would not block now."""
        if self._owner is not None and not self._held and self._owner.fileno() < 0:
            return True  # and fails
        return bool(ready(self._held or self.wanted))

    def hold(self) -> Mapping[int, int]:
        """Copies of the files: a thread that waits in an operation of one goes on doing so when another closes it."""
        if self._held is None:
            self._held = {}
            try:
                for number, events in self.wanted.items():
                    self.copies[number] = copy = os.dup(number)
                    self._held[copy] = events
            except OSError:  # too many open files, or closed: whether they are ready is asked
                self._close_copies()
        return self._held

    def let_go(self) -> None:
        """Nobody waits for it any more."""
        self._close_copies()
        self._held = None

    def _close_copies(self) -> None:
        for copy in self.copies.values():
            real.close(copy)
        self.copies.clear()
        if self._held:
            self._held.clear()

    def whence(self) -> Whence:
        """Where it may come from."""
        return whence(self.wanted)
