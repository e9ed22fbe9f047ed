"""Whose code is watched."""

import json
import logging.handlers
import types

import pytest

from tracer.access.scope import Scope
from tracer.places import in_package

CODE = "def work(): pass"


def watched(filename, name, include=(), **more):
    """Whether code of a file is watched that is executed in the module of this name."""
    namespace = {"__name__": name, "__file__": str(filename), **more}
    code = compile(CODE, str(filename), "exec")
    return Scope(include).is_watched(code, namespace)


@pytest.mark.parametrize("name", ["threading", "linecache", "dis", "ast", "weakref", "other"])
def test_a_file_of_the_user_may_be_called_like_one_that_is_never_watched(name):
    assert watched(f"/home/user/project/package/{name}.py", f"package.{name}")
    assert watched(f"/x/site-packages/package/{name}.py", f"package.{name}", ["package"])


@pytest.mark.parametrize("name", ["threading", "linecache", "dis", "ast", "weakref"])
def test_what_this_project_rests_on_is_never_watched(name):
    module = __import__(name)
    for include in ([name], ["stdlib"]):
        assert not watched(module.__file__, name, include)


PACKAGES = "/home/user/tqdm/.venv/lib/python3.12/site-packages"


@pytest.mark.parametrize(
    ("filename", "name", "include", "expected"),
    [
        ("tqdm/std.py", "tqdm.std", "tqdm", True),
        ("tqdm/__init__.py", "tqdm", "tqdm", True),
        ("tqdm/std.py", "tqdm.std", "tqdm.std", True),
        ("tqdm/std.py", "tqdm.std", "tqdm.s", False),
        ("tqdm/auto.py", "tqdm.auto", "tqdm.std", False),
        ("tqdm_more/auto.py", "tqdm_more.auto", "tqdm", False),
        ("requests/api.py", "requests.api", "tqdm", False),
        ("rich/logging.py", "rich.logging", "logging", False),
        ("requests/warnings.py", "requests.warnings", "warnings", False),
        ("six.py", "six", "six", True),
        ("google/cloud/storage/blob.py", "google.cloud.storage.blob", "google.cloud", True),  # no __init__.py
        ("tqdm/std.py", None, "tqdm", False),
    ],
)
def test_a_package_that_is_included(filename, name, include, expected):
    assert watched(f"{PACKAGES}/{filename}", name, [include]) is expected
    assert not watched(f"{PACKAGES}/{filename}", name)


@pytest.mark.parametrize(
    ("function", "include", "expected"),
    [
        (logging.handlers.SocketHandler.emit, "logging", True),
        (logging.getLogger, "logging", True),
        (logging.getLogger, "logging.handlers", False),
        (json.dumps, "logging", False),
        (json.dumps, "json", True),
        (json.dumps, "stdlib", True),
    ],
)
def test_modules_of_the_standard_library(function, include, expected):
    assert Scope([include]).is_watched(function.__code__, function.__globals__) is expected
    assert not Scope().is_watched(function.__code__, function.__globals__)


def test_what_a_module_executes_belongs_to_it():
    code = compile(CODE, "<string>", "exec")
    namespace = {"__name__": "package.fields", "__file__": f"{PACKAGES}/package/fields.py"}
    assert Scope(["package"]).is_watched(code, namespace)
    assert not Scope(["other"]).is_watched(code, namespace)


def test_a_module_that_is_the_program(tmp_path):
    folder = tmp_path / "site-packages" / "package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    program = folder / "tool.py"
    program.touch()
    assert watched(program, "__main__", ["package"])
    assert watched(program, "__main__", ["package.tool"])
    assert not watched(program, "__main__", ["tool"])
    spec = types.SimpleNamespace(name="package.__main__")
    assert watched(folder / "__main__.py", "__main__", ["package"], __spec__=spec)
    assert not watched(folder / "__main__.py", "__main__", ["other"], __spec__=spec)


@pytest.fixture
def target(tmp_path):
    """A folder into which packages were installed, and in which there is more."""
    for name, files in {"one": ["one/__init__.py", '"one/a,b.py"', "../../bin/one"], "six": ["six.py"]}.items():
        description = tmp_path / f"{name}-1.0.dist-info"
        description.mkdir()
        lines = [f"{file},sha256=x,1" for file in [*files, f"{description.name}/RECORD"]]
        (description / "RECORD").write_text("\n".join(lines))
    (tmp_path / "broken-1.0.dist-info").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("one/__init__.py", True),
        ("one/deep/inside.py", True),
        ("six.py", True),
        ("program.py", False),
        ("mine/module.py", False),
        ("bin/one", False),
        ("broken/module.py", False),
    ],
)
def test_packages_that_are_installed_into_any_folder(target, filename, expected):
    path = str(target / filename)
    assert in_package(path) is expected
    assert in_package(f"{path}:12") is expected
    assert watched(path, "module") is not expected
    assert watched(path, "module", ["module"])


def test_classes_that_programs_make_in_each_execution_are_forgotten():
    scope = Scope()
    for number in range(2_000):
        scope.container_classes[type(f"C{number}", (dict,), {})] = True
        scope.begin_anew(set())
        assert len(scope.container_classes) <= 1_001
