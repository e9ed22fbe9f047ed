"""What the user called an object: `lock_a`, `Account.lock`, `queue.not_empty`, `forks[2]`.

Python objects do not know their names, but the place where an object was created does: in
`lock_a = threading.Lock()` the call stands to the right of its name. So each traced object keeps its *birth*:
the instructions that led to its creation, innermost first, up to the user's frame and its caller. Only when
the object first appears in a trace is the source of those places parsed and the target of the assignment read.

    lock_a = Lock()                      lock_a
    self.lock = Lock()   in Account      Account.lock
    jobs = queue.Queue()                 jobs.mutex, jobs.not_empty      (created inside queue.py)
    forks = [Lock() for _ in range(5)]   forks[0] ... forks[4]
    return Lock()        in make_lock    the caller's name for it
    anything else                        Lock@file:line
"""

from __future__ import annotations

import ast
import linecache
import os
import threading
from dataclasses import dataclass
from itertools import islice
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from tracer.places import Origin, describe, origins, shown_path
from tracer.real import getframe
from tracer.runtime import door

if TYPE_CHECKING:
    from collections.abc import Iterator

if TYPE_CHECKING:
    from tracer.events import Place

#: How many frames a birth keeps at the most. Deeper factories than this name nothing useful.
_DEEPEST_BIRTH = 12

#: An assignment may begin this many lines above the call that it names.
_LINES_OF_A_STATEMENT = 6


_OWN = Origin.OWN


@dataclass(slots=True)
class Birth:
    """Where an object was created.

    `places` are innermost first: those inside the standard library, then the user's, then its caller's.
    `index` counts the objects that were created at the same user's place before it, in this execution; `key` stands
    for the places. Of several that one call gives, as in `reader, writer = os.pipe()`, `element` is its number.
    Of an object that is older than the patch no place is known; it is called after where it is kept, which is `given`,
    empty until somebody asks.
    """

    places: list[Place]
    index: int
    key: tuple[int, ...] = ()
    element: int | None = None
    given: str | None = None
    #: The path of the thread that created it, and how many objects that one had created; None outside executions.
    maker: tuple[tuple[int, ...], int] | None = None

    @property
    def place(self) -> Place | None:
        """The innermost place that is the user's, else the innermost of all."""
        for place in self.places:
            if origins[place[0].co_filename] is Origin.USER:
                return place
        return self.places[0] if self.places else None


def birth(depth: int = 2) -> Birth:
    """The birth of an object whose `__init__` runs `depth - 1` frames up."""
    frame: FrameType | None = getframe(depth)
    places: list[Place] = []
    # Two objects made by one line of the user, such as a condition and its lock, are counted apart. Ids stand for
    # the code objects, whose hash would read all of their bytecode; the places keep them alive.
    key: list[int] = []
    users = 0
    while frame is not None and len(places) < _DEEPEST_BIRTH:
        code = frame.f_code
        origin = origins[code.co_filename]
        if origin is not _OWN:
            offset = frame.f_lasti
            places.append((code, offset))
            if not users:
                key += (id(code), offset)
        if not origin:  # the user's
            users += 1
            if users == 2:
                break
        frame = frame.f_back
    runtime = door.runtime
    made = Birth(places, 0, tuple(key))
    if runtime is not None:
        made.index = runtime.count_birth(made.key)
        made.maker = runtime.next_birth()
    return made


def base_name(made: Birth, kind: str) -> str:
    """The user's name for the object, without what tells apart objects of one name.

    `kind` is the object's type, for objects that were given no name.
    """
    if made.given:
        return made.given
    inner: list[str] = []  # names given inside the standard library, innermost first
    for position, place in enumerate(made.places):
        target = _target(place)
        if origins[place[0].co_filename] is not Origin.USER:
            if place[0].co_name == "<module>" and target.name:  # a global of the library: nobody else's
                inner.append(f"{_module(place)}.{target.name}")
                break
            if target.name and (not inner or "." in target.name):  # other local names of the library mean nothing
                inner.append(target.name)
            continue
        if target.returned and position + 1 < len(made.places):
            target = _target(made.places[position + 1])
        name = target.elements[made.element] if made.element is not None and target.elements else target.name
        outer = f"{name}[{made.index}]" if target.repeated and name else name
        if outer:
            return ".".join([outer, *_attributes(inner)])
        break
    if inner:
        return ".".join([inner[-1], *_attributes(inner[:-1])])
    return f"{kind}@{describe(*made.place)}" if made.place is not None else kind


def makers(made: Birth) -> list[str]:
    """What in the standard library made an object that the user did not make directly, innermost first.

    `queue.Queue` for the locks and conditions of a queue; then `concurrent.futures.thread.ThreadPoolExecutor` for
    those of a queue inside a pool. The primitives that `threading` makes of others do not count.
    """
    found: list[str] = []
    for code, _ in made.places:
        if origins[code.co_filename] is not Origin.STANDARD_LIBRARY or code.co_name == "<module>":
            break
        if code.co_filename == threading.__file__:
            continue
        module = shown_path(code.co_filename).removesuffix(".py").replace(os.sep, ".").removesuffix(".__init__")
        found.append(f"{module}.{code.co_qualname.removesuffix('.__init__')}")
    return found


def _attributes(names: list[str]) -> list[str]:
    """`Future._condition` and, inside it, `Condition.lock`: the path from the outside in."""
    return [name.rpartition(".")[2] for name in reversed(names)]


def _module(place: Place) -> str:
    """`logging` for `.../logging/__init__.py`, `thread` for `.../concurrent/futures/thread.py`."""
    return os.path.basename(place[0].co_filename.removesuffix("__init__.py").rstrip(os.sep)).removesuffix(".py")


def numbered(made: Birth, kind: str) -> str:
    """The base name, with `#2`, `#3` ... for later objects of the same place."""
    key = (made.key, made.index, made.element)
    known = _numbered.get(key)
    if known is None:
        name = base_name(made, kind)
        if made.index and f"[{made.index}]" not in name:
            name = f"{name}#{made.index + 1}"
        if not made.key or len(_numbered) >= _NAMES_KEPT:
            return name
        known = _numbered[key] = (name, made.places)
    return known[0]


#: Names found before, each with its places, which keep the code objects alive whose ids are in the key.
_numbered: dict[tuple[tuple[int, ...], int, int | None], tuple[str, list[Place]]] = {}

#: A program that makes objects without end does not fill the memory with their names.
_NAMES_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Target:
    """What a call's result is assigned to."""

    name: str = ""
    returned: bool = False
    repeated: bool = False  # inside a comprehension
    elements: tuple[str, ...] = ()  # of `a, b = call()`


_targets: dict[tuple[int, int], tuple[CodeType, _Target]] = {}


def _target(place: Place) -> _Target:
    code, offset = place
    known = _targets.get((id(code), offset))
    if known is None:
        # The code object is kept beside its answer, so that its id stays its own.
        known = _targets[id(code), offset] = (code, _find_target(code, offset))
    return known[1]


def _find_target(code: CodeType, offset: int) -> _Target:
    position = next(islice(code.co_positions(), offset // 2, None), (None, None, None, None))
    line, _, column, _ = position
    if line is None:
        return _Target()
    statement = _statement(code.co_filename, line)
    for path in _paths_to_calls(statement):
        if (path[-1].lineno, path[-1].col_offset) == (line, column):
            return _name_of_path(path, code)
    return _Target()


def _statement(filename: str, line: int) -> ast.AST | None:
    """The smallest piece of source around `line` that parses, with its own line numbers and columns."""
    lines = linecache.getlines(filename)
    for first in range(line, max(0, line - _LINES_OF_A_STATEMENT), -1):
        for last in range(line, min(len(lines), line + _LINES_OF_A_STATEMENT - 1) + 1):
            text = "".join(lines[first - 1 : last])
            # An indented piece is put under a header, which keeps its columns.
            header = "if 1:\n" if text[:1].isspace() else ""
            for attempt in (header + text, header + text.rstrip() + " pass"):
                try:
                    tree = ast.parse(attempt)
                except (SyntaxError, ValueError):
                    continue
                return ast.increment_lineno(tree, first - 1 - bool(header))
    return None


def _paths_to_calls(statement: ast.AST | None) -> Iterator[list[Any]]:
    """For each call in the statement, the nodes from the statement down to it."""
    stack: list[list[ast.AST]] = [[statement]] if statement is not None else []
    while stack:
        path = stack.pop()
        if isinstance(path[-1], ast.Call):
            yield path
        stack.extend([*path, child] for child in ast.iter_child_nodes(path[-1]))


def _name_of_path(path: list[ast.AST], code: CodeType) -> _Target:
    repeated = any(isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) for node in path)
    # A comprehension is a function of its own up to 3.11, and calls in calls name the innermost keyword.
    for parent in path[-2::-1]:
        if isinstance(parent, ast.Return) or (isinstance(parent, ast.Expr) and code.co_name == "__init__"):
            return _Target(returned=True)  # `return Lock()`, `super().__init__()`: the caller names it
        if isinstance(parent, ast.NamedExpr):
            return _Target(parent.target.id, repeated=repeated)
        if isinstance(parent, ast.keyword) and parent.arg:
            return _Target(parent.arg, repeated=repeated)
        if isinstance(parent, ast.Assign):
            target = _matching(parent, path[-1])
            elements = target.elts if isinstance(target, ast.Tuple) and len(target.elts) > 1 else []
            names = tuple(_written(one, code) for one in elements)
            return _Target(_written(target, code), repeated=repeated, elements=names)
        if isinstance(parent, ast.AnnAssign):
            return _Target(_written(parent.target, code), repeated=repeated)
        if isinstance(parent, ast.withitem) and parent.optional_vars is not None:
            return _Target(_written(parent.optional_vars, code), repeated=repeated)
    return _Target()


def _matching(assignment: ast.Assign, value: ast.AST) -> ast.expr:
    """The target that takes the call: `a, b = Lock(), Lock()` gives each its own."""
    target = assignment.targets[0]
    if isinstance(target, ast.Tuple | ast.List) and isinstance(assignment.value, ast.Tuple | ast.List):
        calls = assignment.value.elts
        if len(calls) == len(target.elts):
            for one, call in zip(target.elts, calls, strict=True):
                if call is value:
                    return one
    return target


def _written(target: ast.expr, code: CodeType) -> str:
    text = ast.unparse(target)
    owner = code.co_qualname.rpartition("." + code.co_name)[0]
    if text.startswith("self.") and owner:
        return owner.rpartition(".")[2] + text[4:]
    return text
