"""`edgeval profile`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", required=True, help="A target's name, see `edgeval targets`.")
@options.engine
@options.runner
@click.option("--port", help="Serial port of the board (default: found by its USB id), or replay:FILE.")
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path),
              help="Record the board's session in a file, to replay it without a board.")  # fmt: skip
@options.as_json()
def command(model: Path, target: str, as_json: bool, **asked: Any) -> None:
    """Profile one inference on a target: instructions, latency, RAM, flash.

    Unicorn counts instructions and estimates the latency, a board measures it; QEMU and Renode give memory only.

    \b
    Examples:
      edgeval profile model_int8.tflite --target stm32f746
      edgeval profile model_int8.tflite --target stm32f746 --runner serial --record session.jsonl
      edgeval profile model_int8.tflite --target stm32f746 --runner serial --port replay:session.jsonl
    """
    from edgeval.api.footprint import profile

    result = profile(model, target, **asked)
    tell_json(json.dumps(result.document, indent=2)) if as_json else tell(str(result))
