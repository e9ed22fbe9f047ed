"""A module, while it is imported, waits for a thread that imports the same module."""

# threads: MainThread, Loader
# objects: Loader

import sys
import threading
import types
from importlib.machinery import ModuleSpec


class Finder:
    """Finds `extension`, which starts a thread and joins it."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return ModuleSpec(name, cls) if name == "extension" else None

    @staticmethod
    def create_module(spec):
        return types.ModuleType(spec.name)

    @staticmethod
    def exec_module(module):
        loader = threading.Thread(target=__import__, args=("extension",), name="Loader")
        loader.start()
        loader.join()


sys.meta_path.insert(0, Finder)
try:
    import extension  # noqa: F401
finally:
    sys.meta_path.remove(Finder)
