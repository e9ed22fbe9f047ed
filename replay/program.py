"""Runs a program as Python would: as `__main__`, with its own arguments and module path."""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from tracer.places import Origin, origins
from tracer.runtime import ThreadAbandoned

if TYPE_CHECKING:
    from collections.abc import Callable


_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class ProgramError(Exception):
    """There is no such program, or it cannot be compiled. The message says where, and what is wrong."""


def compile_file(path: str) -> CodeType:
    """The code of the program in the file at `path`. Raises ProgramError."""
    try:
        if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
            raise ProgramError(f"{path}: is not a regular file")  # which may have no end, and is read more than once
        with open(path, "rb") as file:
            source = file.read()
    except FileNotFoundError:
        raise ProgramError(f"{path}: no such program") from None
    except IsADirectoryError:
        raise ProgramError(f"{path}: is a folder; name the file to run, or -m MODULE") from None
    except OSError as error:
        raise ProgramError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise ProgramError(f"{path!r}: is no name of a file") from None
    try:
        return compile(source, os.path.abspath(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ProgramError(f"{path}:{error.lineno or 1}: {type(error).__name__}: {error.msg}") from None
    except ValueError as error:  # null bytes
        raise ProgramError(f"{path}: is not Python source: {error}") from None


def find_module(name: str) -> tuple[str, importlib.machinery.ModuleSpec, CodeType]:
    """The file, spec and code of what `python -m name` runs. Raises ProgramError."""
    if not name or name.startswith(".") or not name.isprintable():
        raise ProgramError(f"-m {name!r}: is no name of a module")
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
            if spec is None:
                raise ProgramError(f"-m {name}: is a package without a __main__ module")
    except (ModuleNotFoundError, ValueError) as error:
        raise ProgramError(f"-m {name}: cannot be found: {error}") from None
    if spec is None:
        raise ProgramError(f"-m {name}: no such module")
    try:
        code = spec.loader.get_code(spec.name) if isinstance(spec.loader, importlib.abc.InspectLoader) else None
    except SyntaxError as error:
        raise ProgramError(f"{error.filename}:{error.lineno or 1}: SyntaxError: {error.msg}") from None
    if code is None:
        raise ProgramError(f"-m {name}: has no Python code")
    return code.co_filename, spec, code


def prepare(program: str, arguments: list[str], module: bool) -> Callable[[], None]:
    """Makes the program's `__main__`, arguments and path; returns what executes it.

    A file is compiled now, but a module is looked for when it is executed: that imports the packages around it, which
    may start threads. Both raise ProgramError.
    """
    main = ModuleType("__main__")
    namespace = main.__dict__
    namespace.update(__builtins__=builtins, __annotations__={}, __cached__=None, __spec__=None, __package__=None)
    sys.modules["__main__"] = main
    if module:
        sys.path.insert(0, os.getcwd())
        sys.argv = ["-m", *arguments]
    else:
        code = compile_file(program)
        sys.path.insert(0, os.path.dirname(os.path.realpath(program)))
        sys.argv = [program, *arguments]
        loader = importlib.machinery.SourceFileLoader("__main__", code.co_filename)
        namespace.update(__file__=code.co_filename, __loader__=loader)
    _step_aside(sys.path[0])

    def execute() -> None:
        nonlocal code
        try:
            if module:
                filename, spec, code = find_module(program)
                sys.argv[0] = filename
                namespace.update(__file__=filename, __spec__=spec, __package__=spec.parent, __loader__=spec.loader)
            exec(code, namespace)  # noqa: S102 - running the user's program is what this tool is for
        except (SystemExit, ThreadAbandoned, ProgramError):
            raise
        except BaseException as error:
            _print_traceback(error)
            raise

    return execute


def _step_aside(folder: str) -> None:
    """Lets the program import its own `tracer` or `replay`, where it has one beside it.

    The modules of this project know each other already, and import nothing later.
    """
    for package in ("tracer", "replay"):
        if importlib.machinery.PathFinder.find_spec(package, [folder]) is None or folder == _ROOT:
            continue
        for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
            del sys.modules[name]


def _print_traceback(error: BaseException) -> None:
    """What Python prints of an exception that nothing caught, without the frames of this project."""
    tb = error.__traceback__
    while tb is not None and origins[tb.tb_frame.f_code.co_filename] is Origin.OWN:
        tb = tb.tb_next
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, tb)
        return
    traceback.print_exception(type(error), error, tb)
