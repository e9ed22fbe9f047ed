"""The command line: one group, a file for each command in `threadtrace.commands`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from threadtrace import __version__

#: Each in a module of `threadtrace.commands`.
_COMMANDS = ("run", "explore", "replay", "shrink", "show", "analyze", "graph", "doctor")


class Commands(click.Group):
    """Imports a command only when it is wanted: most of the time of a short run is spent on imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a module of the same name."""
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"threadtrace.commands.{cmd_name}"), cmd_name)
        return found


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, package_name="threadtrace")
@click.pass_context
def commands(context: click.Context) -> None:
    """Run threaded Python programs under a scheduler that you control.

    The same seed always gives the same interleaving of the threads, so a failure that was seen once can be
    seen again.

    \b
    threadtrace run examples/condition.py       trace one execution
    threadtrace explore examples/lost_update.py search the interleavings for one that fails
    threadtrace replay condition.trace          make exactly that interleaving happen again
    threadtrace shrink condition.trace          the same failure with as few switches as can be
    threadtrace show condition.trace            look at a trace
    threadtrace analyze condition.trace         why it hangs, and what to try
    threadtrace graph condition.trace           draw who waits for whom
    threadtrace doctor                          what is controlled on this interpreter
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> None:
    """Runs the command line. Usage errors are one line and exit status 2."""
    try:
        commands.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "threadtrace"
        click.echo(f"{command}: {error.format_message()} (try: {command} --help)", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"threadtrace: {error.format_message()}", err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
