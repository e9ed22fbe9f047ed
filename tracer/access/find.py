"""The accesses that an instruction is about to make: a method for each kind of site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.access.accesses import Accesses
from tracer.access.calls import Calls
from tracer.access.contents import Contents
from tracer.access.named import Named

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from tracer.access.scope import Scope
    from tracer.access.sites import Site
    from tracer.runtime import Runtime


class Finder:
    """For one execution."""

    def __init__(self, runtime: Runtime, scope: Scope, learned: set[str], *, values: bool) -> None:
        self.accesses = accesses = Accesses(runtime, scope, learned, values=values)
        self.named = named = Named(accesses)
        self.contents = contents = Contents(accesses)
        self.calls = calls = Calls(accesses, named, contents)
        #: In the order of the kinds of sites in `tracer.access.sites`.
        self.functions: tuple[Callable[[Site, FrameType, CodeType, int], bool | None], ...] = (
            named.of_global,
            named.of_cell,
            named.of_attribute,
            contents.of_item,
            contents.of_item,
            contents.of_iteration,
            contents.of_next,
            contents.of_contents,
            contents.of_combination,
            calls.of_call,
            calls.of_spread,
            contents.of_birth,
        )
