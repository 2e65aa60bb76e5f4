"""The command line: finds the command, catches whatever ends it, sets the exit code.

Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import keyword
import os
import sys
import traceback

import click

from edgeval import __version__
from edgeval.errors import unknown
from edgeval.failure import INTERRUPTED, failure_line
from edgeval.terminal import safe_line

SENTENCE = 200  # characters of a command's first sentence: the help wraps it, and cuts none
EXIT_PASS, EXIT_REGRESSION, EXIT_ERROR = 0, 1, 2
PROGRAM, COMPLETION = "edgeval", "_EDGEVAL_COMPLETE"

SECTIONS = {  # of the help; a folder of edgeval/commands each
    "chain": ("Train, export, compare", ("train-grid", "export", "compare", "merge", "report")),
    "judge": ("Judge", ("gate", "baseline", "acknowledge", "history", "import", "verify")),
    "study": ("Study many models", ("analyze", "robustness", "layers")),
    "device": ("Targets and devices", ("profile", "fit", "targets", "firmware", "nets", "doctor")),
}
COMMANDS = {name: folder for folder, (_, names) in SECTIONS.items() for name in names}


class Commands(click.Group):
    """Loads a command's module when it is asked for; `edgeval/commands/<section>/<name>.py` holds it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module_name = name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
        module = importlib.import_module(f"edgeval.commands.{COMMANDS[name]}.{module_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in SECTIONS.values():
            commands = {name: self.get_command(ctx, name) for name in names}
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (name, command.get_short_help_str(SENTENCE))
                        for name, command in commands.items()
                        if command
                    ]
                )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name=PROGRAM)
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
    """Run the command line and exit; whatever ends a command but a regression is EXIT_ERROR and one line."""
    arguments = sys.argv[1:] if args is None else args
    if COMPLETION in os.environ:  # of the shell
        cli.main(arguments, prog_name=PROGRAM)
    _tolerate_any_text()
    try:
        code = _run(arguments)
        sys.stdout.flush()  # a reader that is gone is met here, not at the interpreter's end
    except BrokenPipeError as error:
        code = _fail(failure_line(error, ""), debug=False)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still in the buffer
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments
    try:
        # Not cli.main: click would end a closed pipe with 1, and take every end of a file for Ctrl-C.
        with cli.make_context(PROGRAM, list(arguments)) as context:
            cli.invoke(context)
        return EXIT_PASS
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.Abort:
        return _fail(INTERRUPTED, debug)
    except click.ClickException as error:
        error.show()
        return EXIT_ERROR
    except BaseException as error:  # SystemExit too: a library's exit code is not a verdict
        command = next((name for name in arguments if name in COMMANDS), "")
        return _fail(failure_line(error, command), debug)


def _tolerate_any_text() -> None:
    """A class name that the terminal cannot show is escaped, as on standard error; it is no reason to fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _fail(line: str, debug: bool) -> int:
    with contextlib.suppress(OSError):  # standard error may be closed too
        if debug:
            traceback.print_exc()
        click.echo(f"edgeval: error: {safe_line(line)}", err=True)
    return EXIT_ERROR
