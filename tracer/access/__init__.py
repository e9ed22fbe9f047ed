"""Accesses to memory that threads share: which instructions make them, and to which variable.

flow          what each instruction of a code object may touch, found before it runs
stack         the operands of an instruction that is about to be executed
containers    what the methods of the built-in containers do to them
attributes    whether reading or writing an attribute touches the object, its class, or runs code of its own
variables     the identity of what is touched, and its name in a trace
find          the accesses of one instruction, from all of these
scope         whose code is watched
watch         tells the runtime of accesses while a program runs; the interpreter's part is in
              `monitoring` (3.12 and newer) and `tracing` (3.11)
"""
