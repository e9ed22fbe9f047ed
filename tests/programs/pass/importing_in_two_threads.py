"""A module that waits while it is imported is complete for whoever imports it."""

import sys
import threading
import types
from importlib.machinery import ModuleSpec


class Finder:
    """Finds `slow`, which takes its time."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return ModuleSpec(name, cls) if name == "slow" else None

    @staticmethod
    def create_module(spec):
        return types.ModuleType(spec.name)

    @staticmethod
    def exec_module(module):
        module.lock = threading.Lock()
        for _ in range(3):
            with module.lock:
                pass
        module.value = 42


sys.modules.pop("slow", None)
sys.meta_path.insert(0, Finder)


def work():
    import slow

    assert slow.value == 42


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.meta_path.remove(Finder)
