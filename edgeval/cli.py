"""The command line: finds the command, catches EdgevalError, sets the exit code.

Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
"""

from __future__ import annotations

import importlib
import keyword
import sys
import traceback

import click

from edgeval import __version__
from edgeval.errors import EdgevalError, unknown
from edgeval.terminal import safe_line

EXIT_PASS, EXIT_REGRESSION, EXIT_ERROR = 0, 1, 2

COMMANDS = (
    "train-grid",
    "export",
    "compare",
    "gate",
    "baseline",
    "import",
    "verify",
    "analyze",
    "report",
    "robustness",
    "nets",
    "targets",
    "fit",
    "profile",
    "layers",
    "firmware",
    "doctor",
)


class Commands(click.Group):
    """Loads a command's module when it is asked for; `edgeval/commands/<name>.py` holds it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module_name = name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
        module = importlib.import_module(f"edgeval.commands.{module_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="edgeval")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Is the model on your microcontroller still the model you validated?

    \b
    Train a grid of small nets, export them, compare every stage of the way to the device:
      edgeval train-grid --grid demo
      edgeval export --int8 --grid demo
      edgeval compare --grid demo

    \b
    Or check a model of your own:
      edgeval compare --model model.tflite --dataset npz:images.npz

    Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit."""
    arguments = sys.argv[1:] if args is None else args
    debug = "--debug" in arguments
    try:
        code = cli.main(arguments, prog_name="edgeval", standalone_mode=False)
    except EdgevalError as error:
        code = _fail(str(error), debug)
    except click.exceptions.Abort:
        code = _fail("interrupted; the same command goes on where it stopped", debug)
    except KeyboardInterrupt:
        code = _fail("interrupted; the same command goes on where it stopped", debug)
    except click.ClickException as error:
        error.show()
        code = EXIT_ERROR
    except BrokenPipeError:
        code = EXIT_ERROR
    sys.exit(code if isinstance(code, int) else EXIT_PASS)


def _fail(message: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    one_line = " ".join(message.split())
    click.echo(f"edgeval: error: {safe_line(one_line)}", err=True)
    return EXIT_ERROR
