"""threadtrace: a deterministic concurrency tracer and replay debugger for Python's `threading`."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("threadtrace")
except PackageNotFoundError:  # run from a source folder that was never installed
    __version__ = "0"

__all__ = ["__version__"]
