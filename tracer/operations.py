"""The words for operations, as they stand in events, scripts and breakpoints."""

from __future__ import annotations

#: Object -> what is done to it. `docs/trace-format.md` says what each one means.
_WORDS = {
    "thread": "begin end start join timeout is_alive enumerate",
    "lock": "acquire timeout release locked",
    "rlock": "acquire timeout release",
    "condition": "wait reacquire timeout notify",
    "semaphore": "acquire timeout release",
    "event": "set clear is_set wait wake timeout",
    "barrier": "wait leave timeout reset abort n_waiting broken",
    "memory": "read write use",
    "time": "sleep wake read",
    "import": "wait",
    "socket": "accept connect handshake recv send listen shutdown close timeout",
    "file": "read write close turn",
    "select": "wait timeout",
    "process": "start wait communicate poll acquire release timeout",
    "database": "execute commit wait wake",
    "signal": "send handle wait timeout pause",
    "program": "exit note atomic",
    "uncontrolled": "run",
}

#: Accesses to shared memory begin so. There may be very many of them, and only `tracer.analysis.races` needs them.
MEMORY = "memory."

#: Operations that something outside lets through begin so: what brings signals is the operating system.
OUTSIDE = ("socket.", "file.", "select.", "process.", "signal.")

#: Those among them that may let others go on, for all a trace tells; whoever executes any of them may be such a one.
GIVING = frozenset(
    ["socket.connect", "socket.handshake", "socket.send", "socket.listen", "socket.shutdown", "socket.close",
     "file.write", "file.close", "process.start", "process.communicate", "process.release",
     "signal.send"]
)  # fmt: skip

OPERATIONS = frozenset(f"{what}.{verb}" for what, verbs in _WORDS.items() for verb in verbs.split())


#: What a thread that stands in, or before, an operation may execute next, other than that.
OUTCOMES = {
    "time.sleep": ("time.wake",),
    "condition.wait": ("condition.reacquire", "condition.timeout"),
    "event.wait": ("event.wake", "event.timeout"),
    "barrier.wait": ("barrier.leave", "barrier.timeout"),
    "lock.acquire": ("lock.timeout",),
    "rlock.acquire": ("rlock.timeout",),
    "semaphore.acquire": ("semaphore.timeout",),
    "thread.join": ("thread.timeout",),
    "socket.accept": ("socket.timeout",),
    "socket.connect": ("socket.timeout",),
    "socket.handshake": ("socket.timeout",),
    "socket.send": ("socket.timeout",),
    "socket.recv": ("socket.timeout",),  # the last one: what a timeout is taken for where the trace does not tell
    "select.wait": ("select.timeout",),
    "process.wait": ("process.timeout",),
    "database.wait": ("database.wake",),
    "process.acquire": ("process.timeout",),
    "signal.wait": ("signal.timeout",),
}


def unknown_operation(word: str) -> str:
    """What to say of a word that is no operation."""
    what, _, _ = word.partition(".")
    known = sorted(one for one in OPERATIONS if one.startswith(what + "."))
    hint = f"there are {', '.join(known)}" if known else "an operation is a word such as lock.acquire or condition.wait"
    return f"{word!r} is no operation; {hint}"
