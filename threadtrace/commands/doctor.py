"""`threadtrace doctor`: what is controlled on this interpreter, and what is not."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import sysconfig
from typing import Any

import click

from threadtrace import __version__, options
from threadtrace.supervise import start_line

#: A check that takes longer than this hangs. In seconds.
_TOO_LONG = 60.0

#: What no version of this tool controls, whatever the interpreter.
_NEVER = {
    "threads that something written in C starts": """nobody chooses when they run. What they do to locks, events and
        queues is handed over to the scheduler; the verdict is `uncontrolled`, and names them""",
    "calls into C that block": """one that takes more than a second is named, and the verdict is `uncontrolled`. What
        blocks in the standard library is under control: sockets, pipes, processes, selectors""",
    "locks inside C": "such as that of a buffered file; a thread that waits for one blocks all others",
    "other processes": "those of multiprocessing among them; they run as they do, and are waited for",
    "threads that were there before": "such as the workers of an executor that was used before the tool came",
    "subinterpreters": "what runs in them is no thread of the program",
}


@click.command()
@options.as_json
def doctor(as_json: bool) -> None:
    """Say what is controlled on this interpreter, and what is not, by trying it.

    Each group of primitives is used by threads under control, in a process of its own.

    \b
    threadtrace doctor
    threadtrace doctor --json

    Exit status: 0 when everything that should be controlled is, 1 otherwise.
    """
    found = examine()
    if as_json:
        click.echo(json.dumps(found))
    else:
        _print(found)
    sys.exit(0 if found["healthy"] else 1)


def examine() -> dict[str, Any]:
    """Everything that is known of this interpreter; the keys are a contract."""
    controlled, unreached, trouble = _try()
    switches, pictures = _greenlet(), _pictures()
    return {
        "healthy": not trouble and not any(controlled.values()) and switches["works"],
        "threadtrace": __version__,
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "platform": platform.platform(),
            "free_threaded_build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        },
        "greenlet": switches,
        "pictures": pictures,
        "controlled": [
            {"what": what, "works": not problem, "problem": problem} for what, problem in controlled.items()
        ],
        "not_controlled": [{"what": what, "why": " ".join(why.split())} for what, why in _NEVER.items()],
        "locks_not_reached": unreached,
        "trouble": trouble,
    }


def _try() -> tuple[dict[str, str], list[str], str]:
    """What the checks came to, locks that were not reached, and why there is no more."""
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", start_line("replay.selftest")],
            capture_output=True,
            text=True,
            timeout=_TOO_LONG,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        found = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {}, [], f"the checks did not end within {_TOO_LONG:g} s"
    except (ValueError, IndexError):
        return {}, [], f"the checks ended with status {done.returncode}: {done.stderr.strip()[-500:]}"
    return found["checks"], found["locks_not_reached"], ""


def _greenlet() -> dict[str, Any]:
    """The version of greenlet, and whether it switches."""
    try:
        import greenlet
    except ImportError as error:
        return {"version": "", "works": False, "problem": str(error)}
    seen: list[int] = []
    one = greenlet.greenlet(lambda: seen.append(1))
    one.switch()
    works = seen == [1] and one.dead
    return {"version": greenlet.__version__, "works": works, "problem": "" if works else "it does not switch"}


def _pictures() -> dict[str, Any]:
    """Whether pictures can be drawn, and why not."""
    import graphviz

    from tracer.pictures.render import RenderError, rendered
    from tracer.pictures.style import Picture

    try:
        rendered(Picture(graphviz.Digraph(), "", ""), "svg")
    except RenderError as error:
        return {"works": False, "problem": str(error)}
    return {"works": True, "problem": ""}


def _print(found: dict[str, Any]) -> None:
    python, switches, pictures = found["python"], found["greenlet"], found["pictures"]
    build = "free-threaded build" if python["free_threaded_build"] else "with the GIL"
    click.echo(f"threadtrace {found['threadtrace']}, {python['implementation']} {python['version']}, {build}")
    click.echo(python["platform"])
    _line(f"greenlet {switches['version']}".strip(), switches["works"], switches["problem"])
    _line("pictures", pictures["works"], pictures["problem"])
    click.secho("\nunder control", bold=True)
    for one in found["controlled"]:
        _line(one["what"], one["works"], one["problem"])
    if found["trouble"]:
        click.secho(found["trouble"], fg="red")
    click.secho("\nnot under control", bold=True)
    for one in found["not_controlled"]:
        click.echo(f"  {one['what']}: {one['why']}")
    if found["locks_not_reached"]:
        click.secho("\nlocks made before the patch that could not be reached", bold=True)
        for name in found["locks_not_reached"]:
            click.echo(f"  {name}")


def _line(what: str, works: bool, problem: str) -> None:
    mark = click.style("ok", fg="green") if works else click.style("--", fg="red", bold=True)
    click.echo(f"  {mark}  {what}" + ("" if works else f": {problem}"))
