"""threadtrace: a deterministic concurrency tracer and replay debugger for Python's `threading`."""

__version__ = "0.1.0"

__all__ = ["__version__"]
