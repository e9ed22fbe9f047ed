"""What is remembered of how attributes are accessed."""

import gc
import weakref

from tracer.access.attributes import Place, plan_for


def test_classes_that_a_program_makes_as_it_runs_are_not_kept():
    kinds = weakref.WeakSet()
    for _ in range(1000):
        kind = type("Made", (), {})
        kinds.add(kind)
        assert plan_for(kind, "value", writes=False).place is Place.OBJECT
        assert plan_for(kind, "value", writes=True).place is Place.OBJECT
        del kind
    gc.collect()
    assert len(kinds) <= 256
