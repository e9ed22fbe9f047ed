"""What a suspended frame is still going to do: the names that it may use, and what it keeps on its value stack.

A frame goes on after the instruction it stands at. What it can execute from there is, to be on the safe side, all code
behind it, and, if something there jumps back, all code from the target of that jump on.

What lies on a frame's value stack is what nothing else may refer to any more: the iterator of a `for`, the exit of a
`with`, the first operands of an expression, whose names may mean something else by now. The bytecode tells how deep the
stack is and what filled it; `replay.stuck.values` makes the most of that. The operands of the instruction itself may
have moved into what it called: into the variables of a frame, which can be seen, or into a function written in C. A
frame that may keep anything there, or whose stack is not known, is *opaque*: it may have hold of any object at all.
"""

from __future__ import annotations

import builtins
import dis
import sys
from dataclasses import dataclass, field
from itertools import zip_longest
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from replay.stuck.values import kept
from tracer.access.stack import variables_of
from tracer.primitives.builtin import BuiltinFunction

if TYPE_CHECKING:
    from types import FrameType

#: Instructions other than calls that give all they took to the code that runs because of them, or run it in passing:
#: this is where a frame that computes is interrupted. All others may be calling a comparison of elements, or the
#: finalizers of what a container lets go, one by one.
_CALLS_ITSELF = frozenset(
    ["BEFORE_WITH", "LOAD_ATTR", "LOAD_METHOD", "LOAD_SPECIAL", "GET_ITER", "IMPORT_NAME", "RESUME", "JUMP_BACKWARD",
     "POP_JUMP_BACKWARD_IF_TRUE", "POP_JUMP_BACKWARD_IF_FALSE", "POP_JUMP_BACKWARD_IF_NONE",
     "POP_JUMP_BACKWARD_IF_NOT_NONE"]
)  # fmt: skip

#: How many values an instruction takes from the stack, for those in which a frame can be left waiting.
_OPERANDS = {
    "BEFORE_WITH": 1,
    "LOAD_ATTR": 1,
    "LOAD_METHOD": 1,
    "LOAD_SPECIAL": 1,
    "GET_ITER": 1,
    "UNARY_NOT": 1,
    "TO_BOOL": 1,
    "POP_JUMP_IF_TRUE": 1,
    "POP_JUMP_IF_FALSE": 1,
    "BINARY_OP": 2,
    "BINARY_SUBSCR": 2,
    "COMPARE_OP": 2,
    "CONTAINS_OP": 2,
    "STORE_ATTR": 2,
    "STORE_SUBSCR": 3,
    "IMPORT_NAME": 2,
    "POP_TOP": 1,
    "STORE_FAST": 1,
    "STORE_NAME": 1,
    "STORE_GLOBAL": 1,
    "RETURN_VALUE": 1,
    # Here a frame that computes can be interrupted.
    "RESUME": 0,
    "JUMP_BACKWARD": 0,
    "POP_JUMP_BACKWARD_IF_TRUE": 1,
    "POP_JUMP_BACKWARD_IF_FALSE": 1,
    "POP_JUMP_BACKWARD_IF_NONE": 1,
    "POP_JUMP_BACKWARD_IF_NOT_NONE": 1,
}

#: Instructions that leave what is on the stack below their operands as it is.
_PUSH_NOTHING = (
    *("STORE_", "POP_", "DELETE_", "JUMP_", "RETURN_", "RAISE_", "RERAISE", "PRECALL", "KW_NAMES", "RESUME", "NOP"),
    *("MAKE_CELL", "COPY_FREE_VARS", "END_FOR", "CACHE", "EXTENDED_ARG", "SETUP_ANNOTATIONS"),
)

#: A call is PRECALL and CALL, and the former is counted as if it took the arguments.
_CALLS_IN_TWO_STEPS = "PRECALL" in dis.opmap

#: Methods that Python calls by itself: their arguments are their own variables, and nobody else's. And what is executed
#: by `exec`, whose variables are a namespace.
_IMPLICIT = frozenset(["__init__", "__new__", "__enter__", "__exit__", "<module>"])

#: How `*arguments` and `**options` are passed on, as decorators do it: variables that can be seen.
_PASSES_ON = frozenset(
    ["LOAD_FAST", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "PUSH_NULL", "BUILD_MAP", "DICT_MERGE"]
)  # fmt: skip

_OF_INSTANCES = frozenset(["__init__", "__new__"])

#: What may call a class, or a function, of the program with values that it alone has.
_WRITTEN_IN_C = frozenset([*dir(builtins), *dir(list), "reduce", "starmap", "accumulate"]) - {*_OF_INSTANCES, "super"}
_TAKE_FUNCTIONS = frozenset(["sort", "sorted", "list", "tuple", "min", "max", "sum", "any", "all", "reduce", "next"])

_STORES = frozenset(["STORE_FAST", "DELETE_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST"])

#: Layouts that are kept for the next time.
_LAYOUTS_KEPT = 5000


@dataclass(slots=True)
class Layout:
    """A code object, instruction by instruction.

    `uses` are the offsets of names and of nested code objects, `imports` those of imports with the module and the name
    that is taken from it, `back` those of jumps with their targets, `stores` those that change variables, with the
    names. `standing` remembers what was asked of `_standing_at`.
    """

    code: CodeType
    uses: list[tuple[int, str | CodeType]] = field(default_factory=list)
    imports: list[tuple[int, str, str]] = field(default_factory=list)
    back: list[tuple[int, int]] = field(default_factory=list)
    stores: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    standing: dict[int, Standing] = field(default_factory=dict)


#: An instruction, and which instructions filled each place of the value stack before it; None where nobody knows.
Standing = tuple[dis.Instruction, list[list[dis.Instruction]] | None]

_layouts: dict[int, Layout] = {}


def layout(code: CodeType) -> Layout:
    """The layout of a code object."""
    known = _layouts.get(id(code))
    if known is None:
        if len(_layouts) >= _LAYOUTS_KEPT:
            _layouts.clear()
        known = _layouts[id(code)] = _lay_out(code)  # it keeps the code, so that its id stays its own
    return known


def _lay_out(code: CodeType) -> Layout:
    made = Layout(code)
    for one in dis.get_instructions(code):
        offset = one.offset
        if one.opname == "IMPORT_NAME" and isinstance(one.argval, str):
            made.imports.append((offset, one.argval, ""))
        elif one.opname == "IMPORT_FROM" and isinstance(one.argval, str) and made.imports:
            made.imports.append((offset, made.imports[-1][1], one.argval))
        elif one.opname in _STORES:
            made.stores.append((offset, one.argval if isinstance(one.argval, tuple) else (one.argval,)))
        if (one.opcode in dis.hasname and isinstance(one.argval, str)) or isinstance(one.argval, CodeType):
            made.uses.append((offset, one.argval))
        if one.opcode in dis.hasjrel and isinstance(one.argval, int) and one.argval < offset:
            made.back.append((offset, one.argval))
    return made


def _stand(code: CodeType, wanted: int) -> Standing:
    """The instruction at an offset, and what filled the value stack before it."""
    depths = _depths(code)
    slots: list[list[dis.Instruction]] = []
    instructions = list(dis.get_instructions(code))
    for one, following in zip_longest(instructions, instructions[1:]):
        depth = depths.get(one.offset)
        if depth is not None:  # otherwise only an exception leads here
            del slots[depth:]
            slots += [[] for _ in range(depth - len(slots))]  # filled in a way that is not understood
        if following is None or following.offset > wanted:
            return one, slots if depth is not None else None
        if depth is not None:
            _fill(slots, one, depth)
    raise AssertionError("a code object has instructions")


def _fill(slots: list[list[dis.Instruction]], one: dis.Instruction, depth: int) -> None:
    """What an instruction does to the stack."""
    after = depth + dis.stack_effect(one.opcode, one.arg if one.opcode >= dis.HAVE_ARGUMENT else None, jump=False)
    if after > depth:
        if one.opname == "BEFORE_WITH":
            slots[-1].append(one)  # what is entered becomes its exit
        slots += [[one] for _ in range(after - depth)]
        return
    if 0 < after < len(slots) and [each.opname for each in slots[after - 1]] == ["PUSH_NULL"]:
        slots[after - 1] = slots[after]  # what is called lies above
    del slots[after:]
    if slots and not one.opname.startswith(_PUSH_NOTHING):
        slots[-1].append(one)
        if one.opname == "SWAP" and one.arg and one.arg <= len(slots):
            slots[-one.arg].append(one)


def _depths(code: CodeType) -> dict[int, int]:
    """How deep the value stack is before each instruction that is reached without an exception."""
    instructions = list(dis.get_instructions(code))
    position = {one.offset: number for number, one in enumerate(instructions)}
    depths: dict[int, int] = {}
    todo = [(0, 0)]
    while todo:
        offset, depth = todo.pop()
        number = position.get(offset)
        while number is not None and number < len(instructions):
            one = instructions[number]
            if one.offset in depths or depth < 0:
                break
            depths[one.offset] = depth
            argument = one.arg if one.opcode >= dis.HAVE_ARGUMENT else None
            if one.opcode in dis.hasjrel and isinstance(one.argval, int):
                todo.append((one.argval, depth + dis.stack_effect(one.opcode, argument, jump=True)))
            if one.opname in _ENDS:
                break
            depth += dis.stack_effect(one.opcode, argument, jump=False)
            number += 1
    return depths


#: After these comes nothing, or something elsewhere.
_ENDS = frozenset(
    ["RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD",
     "JUMP_BACKWARD_NO_INTERRUPT", "INTERPRETER_EXIT"]
)  # fmt: skip


def first_ahead(frame: FrameType, *, before: bool = False) -> int:
    """The lowest offset of what the frame may still execute.

    `before` tells that it has yet to begin the instruction that it stands at.
    """
    first = frame.f_lasti + (not before)
    back = layout(frame.f_code).back
    first = min((target for offset, target in back if offset == frame.f_lasti), default=first)  # it is jumping
    changed = True
    while changed:
        changed = False
        for offset, target in back:
            if offset >= first > target:
                first = target
                changed = True
    return first


def kept_values(frame: FrameType) -> list[object] | None:
    """What the frame keeps on its value stack, below the operands of the instruction that it is executing.

    None if that cannot be told.
    """
    one, slots = _standing_at(frame)
    operands = _operands(one)
    if slots is None or operands is None or operands > len(slots):
        return None
    return kept(frame, layout(frame.f_code), slots[: len(slots) - operands])


def is_opaque(frame: FrameType, inner: CodeType | None) -> bool:
    """Whether the instruction that the frame is executing may have given values away to where nobody sees them.

    `inner` is the code that runs because of it.
    """
    one, slots = _standing_at(frame)
    if "CALL" in one.opname:
        return not _calls_directly(frame, (slots or [])[-(_operands(one) or 0) :], inner)
    return inner is not None and one.opname not in _CALLS_ITSELF


def _standing_at(frame: FrameType) -> Standing:
    """The instruction that the frame is executing, and the value stack before it.

    `f_lasti` may point into the instruction's cache entries.
    """
    known = layout(frame.f_code).standing
    found = known.get(frame.f_lasti)
    if found is None:
        found = known[frame.f_lasti] = _stand(frame.f_code, frame.f_lasti)
    return found


def _operands(one: dis.Instruction) -> int | None:
    argument = one.arg or 0
    if one.opname == "PRECALL" or (one.opname == "CALL" and not _CALLS_IN_TWO_STEPS):
        return argument + 2
    if one.opname == "CALL":
        return 2  # the arguments were counted by the first step
    if one.opname == "CALL_KW":
        return argument + 3
    if one.opname == "CALL_FUNCTION_EX":
        return 3 + (argument & 1)
    return _OPERANDS.get(one.opname)


def _calls_directly(frame: FrameType, operands: list[list[dis.Instruction]], inner: CodeType | None) -> bool:
    """Whether the callable of this call is the very code that runs: then its arguments are that code's own variables.

    A function written in C, such as `list(map(release, locks))`, keeps its arguments where nobody sees them.
    """
    if inner is None:
        return False
    if sys.version_info < (3, 12) and _standing_at(frame)[0].opname == "CALL_FUNCTION_EX":
        # The tuple with the arguments stays here, so that finalizers of what is in it may run at the end of the call.
        return all(one.opname in _PASSES_ON for slot in operands for one in slot)
    names = {one.argval for slot in operands[:2] for one in slot if isinstance(one.argval, str)}
    if inner.co_name in _IMPLICIT:
        return inner.co_name not in _OF_INSTANCES or names.isdisjoint(_WRITTEN_IN_C)
    if not names.isdisjoint(_TAKE_FUNCTIONS):
        return False
    for slot in operands[:2]:
        for one in slot:
            if one.argval == inner.co_name:
                return True
            value: Any = variables_of(frame).get(one.argval) if one.opname.startswith("LOAD_FAST") else None
            function = value.__func__ if type(value) in (MethodType, BuiltinFunction) else value
            if type(function) is FunctionType and function.__code__ is inner:
                return True
    return False
