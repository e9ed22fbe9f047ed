"""How deep the value stack of a frame is before an instruction: it tells where operands lie (`tracer.access.stack`).

The depth is exact. It follows from the effect of each instruction on the stack and from the exception table, as in the
compiler; that both ways into an instruction agree was checked on the whole standard library.
"""

from __future__ import annotations

import dis
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

#: After these comes nothing, or something elsewhere.
_ENDS = frozenset(
    ["RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD",
     "JUMP_BACKWARD_NO_INTERRUPT", "INTERPRETER_EXIT"]
)  # fmt: skip

#: A generator begins after this with a value on its stack that the caller sent.
_GENERATOR_BEGINS = "RETURN_GENERATOR"

_BEFORE_3_13 = sys.version_info < (3, 13)


def variables(code: CodeType) -> int:
    """How many variables of its own a frame of this code has: its value stack begins behind them."""
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return len(code.co_varnames) + len(cells) + len(code.co_freevars)


def depth_at(code: CodeType, offset: int) -> int:
    """How deep the value stack is before the instruction at `offset`."""
    return depths(code, list(dis.get_instructions(code)))[offset]


def handlers(code: CodeType) -> Any:
    """The entries of the exception table."""
    bytecode: Any = dis.Bytecode(code)
    return bytecode.exception_entries


def depths(code: CodeType, instructions: list[dis.Instruction]) -> dict[int, int]:
    """How deep the value stack is before each instruction that can be reached."""
    position = {one.offset: number for number, one in enumerate(instructions)}
    found: dict[int, int] = {}
    todo = [(0, 0)]
    # A handler finds the exception on the stack, and below it the instruction that raised it where that is kept.
    todo += [(entry.target, entry.depth + 1 + bool(entry.lasti)) for entry in handlers(code)]
    while todo:
        offset, depth = todo.pop()
        for one in instructions[position[offset] :]:
            if one.offset in found:
                break
            found[one.offset] = depth
            argument = one.arg if one.opcode >= dis.HAVE_ARGUMENT else None
            if one.opcode in dis.hasjrel:
                todo.append((one.argval, depth + dis.stack_effect(one.opcode, argument, jump=True)))
            if one.opname in _ENDS:
                break
            sent = one.opname == _GENERATOR_BEGINS and _BEFORE_3_13
            depth += 1 if sent else dis.stack_effect(one.opcode, argument, jump=False)
    return found
