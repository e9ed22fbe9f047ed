"""What each instruction of a code object may touch, found before it is executed.

What the source calls each operand is found beside it, as far as it can be told: `self.items`, `counts`. These names are
followed through straight runs of instructions only, and are no more than names.

The result is a `Site` for each instruction that may touch what other threads can reach, and for each at which CPython
may switch threads under the GIL. Variables of the frame itself are touched by no other thread, and have no sites.
"""

from __future__ import annotations

import dis
import sys
from dataclasses import dataclass
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from typing import TYPE_CHECKING, Any

from tracer.access.attributes import plans
from tracer.access.depths import depths, handlers, variables
from tracer.access.sites import (
    ATTRIBUTE,
    BIRTH,
    CALL,
    CALL_SPREAD,
    CELL,
    COMBINE,
    CONTENTS,
    GLOBAL,
    ITEM,
    ITERATE,
    MEMBER,
    NEXT,
    READ,
    SWITCH,
    WRITE,
    Site,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType


#: References to the value of a variable, when it is on the stack as well and nobody else has it.
_VARIABLE_AND_STACK = 2

#: What they leave on the top of the stack can be a list or a dict that is new.
_MAKE = frozenset(
    ["BUILD_LIST", "BUILD_MAP", "BUILD_CONST_KEY_MAP", "CALL", "CALL_KW", "CALL_FUNCTION_EX", "BINARY_OP",
     "BINARY_SUBSCR", "BINARY_SLICE"]
)  # fmt: skip

#: These are no instructions of their own.
_EMPTY = frozenset(["EXTENDED_ARG", "CACHE", "NOP"])

#: What may come between the making of an iterator and the loop.
_BEFORE_LOOP = frozenset(
    ["LOAD_FAST_AND_CLEAR", "SWAP", "BUILD_LIST", "BUILD_SET", "BUILD_MAP", "EXTENDED_ARG", "COPY"]
)

_BEFORE_3_12 = sys.version_info < (3, 12)
_BEFORE_3_13 = sys.version_info < (3, 13)

#: In-place operators of BINARY_OP come after the others.
FIRST_IN_PLACE = 13

_UNKNOWN: Value = ("", 1)
#: The result of a comparison: asking whether it is true touches nothing.
_TRUTH: Value = ("", -1)


@dataclass(slots=True)
class Flow:
    """The sites of a code object by the offset of the instruction, and where conditional jumps lead back to.

    `landings` are the targets of these jumps with their offsets: whether they were made tells whether CPython looked
    for another thread. Only 3.11 has such jumps.
    """

    sites: dict[int, Site]
    landings: dict[int, set[int]]


def _is_declared(one: dis.Instruction) -> bool:
    return one.opname.endswith("_GLOBAL")


#: By the id of the code, which is kept beside it.
_known: dict[int, tuple[CodeType, Flow]] = {}

#: Programs that make code without end do not fill the memory.
_MOST_KNOWN = 5000


def flow(code: CodeType) -> Flow:
    """What the instructions of `code` may touch."""
    known = _known.get(id(code))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _Walk(code, list(dis.get_instructions(code))).walk()
        known = _known[id(code)] = (code, found)
    return known[1]


class _Walk:
    """Goes through the instructions in order, with what the source calls the values on the stack."""

    def __init__(self, code: CodeType, instructions: list[dis.Instruction]) -> None:
        self._instructions = instructions
        self._depths = depths(code, instructions)
        self._variables = variables(code)
        self._found = Flow({}, {})
        self._stack: list[Value] = []
        #: Variables of generators, which several threads may advance, and of closures are not the frame's alone.
        suspends = code.co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)
        self._own = set() if suspends else {*code.co_varnames} - {*code.co_cellvars}
        self._entered = {entry.target for entry in handlers(code)}
        self._entered |= {one.argval for one in instructions if one.opcode in dis.hasjrel}

    def walk(self) -> Flow:
        """All of them."""
        makes = False
        for one in self._instructions:
            depth = self._depths.get(one.offset)
            if depth is None:
                continue
            stack = self._stack
            if one.offset in self._entered or len(stack) != depth:
                stack[:] = [_UNKNOWN] * depth
                makes = False
            find = _FINDERS.get(one.opname)
            if find is not None:
                find(self, one, depth)
            if makes:
                site = self._found.sites.setdefault(one.offset, Site(BIRTH))
                site.born = self._variables + depth - 1
            makes = one.opname in _MAKE or (makes and one.opname in _EMPTY)
            argument = one.arg if one.opcode >= dis.HAVE_ARGUMENT else None
            after = depth + dis.stack_effect(one.opcode, argument, jump=False)
            move = _MOVES.get(one.opname)
            if move is not None:
                move(self, one)
            else:
                # No instruction leaves more than three values of its own.
                del stack[max(0, after - 3) :]
            stack += [_UNKNOWN] * (after - len(stack))
            del stack[max(0, after) :]
        return self._found

    def _add(self, one: dis.Instruction, kind: int, operation: str = READ, at: int = -1, **more: Any) -> None:
        """A site whose object lies at the position `at` of the stack."""
        if at >= 0:
            path, alone = self._stack[at]
            more = {"at": self._variables + at, "path": path, "alone": alone, **more}
        if "value" in more:
            more["fresh"] = self._stack[more["value"]][1]
        for name in ("key", "value"):
            if name in more:
                more[name] += self._variables
        self._found.sites[one.offset] = Site(kind, operation, **more)

    # What instructions touch ---------------------------------------------------------------------------------

    def _global(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, GLOBAL, name=one.argval, declared=_is_declared(one))

    def _set_global(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, GLOBAL, WRITE, name=one.argval, value=depth - 1, declared=_is_declared(one))

    def _delete_global(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, GLOBAL, WRITE, name=one.argval, declared=_is_declared(one))

    def _cell(self, one: dis.Instruction, depth: int) -> None:
        assert one.arg is not None
        self._add(one, CELL, name=one.argval)
        self._found.sites[one.offset].at = one.arg

    def _set_cell(self, one: dis.Instruction, depth: int) -> None:
        assert one.arg is not None
        value: dict[str, Any] = {"value": depth - 1} if one.opname == "STORE_DEREF" else {}
        self._add(one, CELL, WRITE, name=one.argval, **value)
        self._found.sites[one.offset].at = one.arg

    def _attribute(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, ATTRIBUTE, at=depth - 1, name=one.argval, plans=plans(one.argval, writes=False))

    def _set_attribute(self, one: dis.Instruction, depth: int) -> None:
        how = plans(one.argval, writes=True)
        self._add(one, ATTRIBUTE, WRITE, at=depth - 1, name=one.argval, value=depth - 2, plans=how)

    def _delete_attribute(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, ATTRIBUTE, WRITE, at=depth - 1, name=one.argval, plans=plans(one.argval, writes=True))

    def _item(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, ITEM, at=depth - 2, key=depth - 1)

    def _set_item(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, ITEM, WRITE, at=depth - 2, key=depth - 1, value=depth - 3)

    def _delete_item(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, ITEM, WRITE, at=depth - 2, key=depth - 1)

    def _slice(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, CONTENTS, WRITE if one.opname == "STORE_SLICE" else READ, at=depth - 3)

    def _member(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, MEMBER, at=depth - 1, key=depth - 2)

    def _iterate(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, ITERATE, at=depth - 1, key=self._iterator_of_loop(one, depth))

    def _iterate_given(self, one: dis.Instruction, depth: int) -> None:
        """What a comprehension or a generator expression goes through was given to it as an argument."""
        if one.argval == ".0":
            assert one.arg is not None
            self._add(one, ITERATE, key=depth, alone=1)
            self._found.sites[one.offset].at = one.arg

    def _iterator_of_loop(self, one: dis.Instruction, depth: int) -> int:
        """Where the iterator lies when it is advanced: above what a comprehension inside the function saves first."""
        following = self._instructions[self._instructions.index(one) + 1 :]
        loop = next((other for other in following if other.opname not in _BEFORE_LOOP), None)
        return self._depths[loop.offset] - 1 if loop is not None and loop.opname == "FOR_ITER" else depth - 1

    def _next(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, NEXT, at=depth - 1)

    def _contents(self, one: dis.Instruction, depth: int) -> None:
        under = 1 if one.opname == "FORMAT_VALUE" and (one.arg or 0) & 4 else 0
        if self._stack[depth - 1 - under] is not _TRUTH:
            self._add(one, CONTENTS, at=depth - 1 - under)

    def _of_keys(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, CONTENTS, at=depth - 2)

    def _combine(self, one: dis.Instruction, depth: int) -> None:
        in_place = one.opname == "BINARY_OP" and (one.arg or 0) >= FIRST_IN_PLACE
        operation = WRITE if in_place else READ
        self._add(one, COMBINE, operation, at=depth - 2, key=depth - 1, value=depth - 1)

    def _call(self, one: dis.Instruction, depth: int) -> None:
        count = one.arg or 0
        begin = depth - count - (3 if one.opname == "CALL_KW" else 2)
        arguments = tuple(self._stack[begin + 1 : begin + 2 + count])
        self._add(one, CALL, at=begin, arguments=arguments)

    def _spread(self, one: dis.Instruction, depth: int) -> None:
        with_names = (one.arg or 0) & 1
        last = depth - 1 - with_names
        called = last - (1 if _BEFORE_3_13 else 2)
        names: dict[str, Any] = {"value": depth - 1} if with_names else {}
        self._add(one, CALL_SPREAD, at=called, key=last, **names)

    def _switch(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, SWITCH, name="jump")

    def _enter(self, one: dis.Instruction, depth: int) -> None:
        self._add(one, SWITCH, name="with")

    def _jump_back(self, one: dis.Instruction, depth: int) -> None:
        self._contents(one, depth)
        self._found.landings.setdefault(one.argval, set()).add(one.offset)

    # What instructions leave on the stack --------------------------------------------------------------------

    def _variable(self, name: str) -> Value:
        return (name, _VARIABLE_AND_STACK if name in self._own else 0)

    def _load(self, one: dis.Instruction) -> None:
        names = one.argval if isinstance(one.argval, tuple) else (one.argval,)
        if one.opname == "STORE_FAST_LOAD_FAST":
            self._stack.pop()
            names = names[1:]
        self._stack += [self._variable(name) for name in names]

    def _load_constant(self, one: dis.Instruction) -> None:
        value = one.argval
        self._stack.append((repr(value) if type(value) in (int, str) and len(repr(value)) < _LONGEST_KEY else "", 0))

    def _load_named(self, one: dis.Instruction) -> None:
        self._stack.append((one.argval, 0))
        if one.opname == "LOAD_GLOBAL" and (one.arg or 0) & 1:
            self._stack.insert(len(self._stack) - (1 if _BEFORE_3_13 else 0), _UNKNOWN)

    def _load_attribute(self, one: dis.Instruction) -> None:
        path, alone = self._stack.pop()
        found = f"{path}.{one.argval}" if path else ""
        self._stack.append((found, 1))
        if one.opname == "LOAD_METHOD" or (not _BEFORE_3_12 and (one.arg or 0) & 1):
            self._stack.append((path, alone))

    def _load_item(self, one: dis.Instruction) -> None:
        key, _ = self._stack.pop()
        path, _ = self._stack.pop()
        self._stack.append((f"{path}[{key or '…'}]" if path else "", 1))

    def _iterator(self, one: dis.Instruction) -> None:
        path, _ = self._stack.pop()
        self._stack.append((path, 1))

    def _element(self, one: dis.Instruction) -> None:
        path, _ = self._stack[-1]
        self._stack.append((f"{path}[…]" if path else "", 1))

    def _truth(self, one: dis.Instruction) -> None:
        if one.opname not in ("UNARY_NOT", "TO_BOOL"):
            self._stack.pop()
        self._stack[-1] = _TRUTH

    def _two_in_one(self, one: dis.Instruction) -> None:
        self._stack[-2:] = [_UNKNOWN]

    def _copy(self, one: dis.Instruction) -> None:
        path, alone = self._stack[-(one.arg or 1)]
        self._stack.append((path, alone + 1 if alone > 0 else alone))

    def _swap(self, one: dis.Instruction) -> None:
        other = -(one.arg or 1)
        self._stack[-1], self._stack[other] = self._stack[other], self._stack[-1]

    def _build(self, one: dis.Instruction) -> None:
        count = one.arg or 0
        del self._stack[len(self._stack) - (2 * count if one.opname == "BUILD_MAP" else count) :]
        self._stack.append(_UNKNOWN)

    def _nothing(self, one: dis.Instruction) -> None:
        """Takes what it takes from the top."""


#: A key of more characters is not shown in a name.
_LONGEST_KEY = 20

_FINDERS: dict[str, Callable[[_Walk, dis.Instruction, int], None]] = {
    "LOAD_GLOBAL": _Walk._global,
    "LOAD_NAME": _Walk._global,
    "STORE_GLOBAL": _Walk._set_global,
    "STORE_NAME": _Walk._set_global,
    "DELETE_GLOBAL": _Walk._delete_global,
    "DELETE_NAME": _Walk._delete_global,
    "LOAD_DEREF": _Walk._cell,
    "LOAD_CLASSDEREF": _Walk._cell,
    "LOAD_FROM_DICT_OR_DEREF": _Walk._cell,
    "STORE_DEREF": _Walk._set_cell,
    "DELETE_DEREF": _Walk._set_cell,
    "LOAD_ATTR": _Walk._attribute,
    "LOAD_METHOD": _Walk._attribute,
    "IMPORT_FROM": _Walk._attribute,
    "STORE_ATTR": _Walk._set_attribute,
    "DELETE_ATTR": _Walk._delete_attribute,
    "BINARY_SUBSCR": _Walk._item,
    "STORE_SUBSCR": _Walk._set_item,
    "DELETE_SUBSCR": _Walk._delete_item,
    "BINARY_SLICE": _Walk._slice,
    "STORE_SLICE": _Walk._slice,
    "CONTAINS_OP": _Walk._member,
    "LOAD_FAST": _Walk._iterate_given,
    "GET_ITER": _Walk._iterate,
    "GET_YIELD_FROM_ITER": _Walk._iterate,
    "FOR_ITER": _Walk._next,
    "UNPACK_SEQUENCE": _Walk._contents,
    "UNPACK_EX": _Walk._contents,
    "LIST_EXTEND": _Walk._contents,
    "SET_UPDATE": _Walk._contents,
    "DICT_UPDATE": _Walk._contents,
    "DICT_MERGE": _Walk._contents,
    "GET_LEN": _Walk._contents,
    "MATCH_KEYS": _Walk._of_keys,
    "FORMAT_VALUE": _Walk._contents,
    "FORMAT_SIMPLE": _Walk._contents,
    "CONVERT_VALUE": _Walk._contents,
    "TO_BOOL": _Walk._contents,
    "UNARY_NOT": _Walk._contents,
    "JUMP_IF_TRUE_OR_POP": _Walk._contents,
    "JUMP_IF_FALSE_OR_POP": _Walk._contents,
    "COMPARE_OP": _Walk._combine,
    "BINARY_OP": _Walk._combine,
    "CALL_KW": _Walk._call,
    "CALL_FUNCTION_EX": _Walk._spread,
    "JUMP_BACKWARD": _Walk._switch,
    "BEFORE_WITH": _Walk._enter,
    # Up to 3.11 a call has two steps, of which the first does all where it can.
    "PRECALL" if _BEFORE_3_12 else "CALL": _Walk._call,
}
for _condition in ("TRUE", "FALSE"):
    if _BEFORE_3_13:  # later on TO_BOOL comes before
        _FINDERS[f"POP_JUMP_IF_{_condition}"] = _Walk._contents
        _FINDERS[f"POP_JUMP_FORWARD_IF_{_condition}"] = _Walk._contents
        _FINDERS[f"POP_JUMP_BACKWARD_IF_{_condition}"] = _Walk._jump_back

_MOVES: dict[str, Callable[[_Walk, dis.Instruction], None]] = {
    "LOAD_FAST": _Walk._load,
    "LOAD_FAST_CHECK": _Walk._load,
    "LOAD_FAST_LOAD_FAST": _Walk._load,
    "STORE_FAST_LOAD_FAST": _Walk._load,
    "LOAD_CONST": _Walk._load_constant,
    "LOAD_GLOBAL": _Walk._load_named,
    "LOAD_NAME": _Walk._load_named,
    "LOAD_DEREF": _Walk._load_named,
    "LOAD_ATTR": _Walk._load_attribute,
    "LOAD_METHOD": _Walk._load_attribute,
    "BINARY_SUBSCR": _Walk._load_item,
    "GET_ITER": _Walk._iterator,
    "FOR_ITER": _Walk._element,
    "COMPARE_OP": _Walk._truth,
    "CONTAINS_OP": _Walk._truth,
    "IS_OP": _Walk._truth,
    "UNARY_NOT": _Walk._truth,
    "TO_BOOL": _Walk._truth,
    "BINARY_OP": _Walk._two_in_one,
    "BUILD_LIST": _Walk._build,
    "BUILD_TUPLE": _Walk._build,
    "BUILD_SET": _Walk._build,
    "BUILD_MAP": _Walk._build,
    "BUILD_STRING": _Walk._build,
    "BUILD_SLICE": _Walk._build,
    "COPY": _Walk._copy,
    "SWAP": _Walk._swap,
}
_TAKES_ONLY = (
    *("STORE_FAST", "STORE_FAST_STORE_FAST", "POP_TOP", "STORE_GLOBAL", "STORE_NAME", "STORE_ATTR", "STORE_SUBSCR"),
    *("STORE_DEREF", "DELETE_SUBSCR", "DELETE_ATTR", "RESUME", "NOP", "PRECALL", "KW_NAMES", "JUMP_BACKWARD", "CACHE"),
    *("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE", "EXTENDED_ARG"),
)
_MOVES.update(dict.fromkeys(_TAKES_ONLY, _Walk._nothing))
