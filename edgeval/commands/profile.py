"""`edgeval profile`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", required=True, help="A target's name, see `edgeval targets`.")
@click.option("--engine", default="builtin", show_default=True, help="The inference engine of the firmware.")
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def command(model: Path, target: str, engine: str, as_json: bool) -> None:
    """Profile one inference on an emulated target: instructions, estimated latency, RAM, flash.

    \b
    Example:
      edgeval profile model_int8.tflite --target stm32f746
    """
    from edgeval.profile import profile

    document = profile(model, target, engine)
    click.echo(json.dumps(document, indent=2) if as_json else _text(document))


def _text(document: dict[str, Any]) -> str:
    ram, flash, latency = (document[name] for name in ("peak_ram_bytes", "flash_bytes", "latency_ms"))
    lines = [
        f"{document['target']}, engine {document['engine']}",
        f"instructions  {document['instructions']:>14,}  exact, emulated",
        f"cycles        {document['cycles_estimated']:>14,}  estimated, of them "
        f"{document['cycles_waiting_for_flash']:,} waiting for the flash",
        f"latency       {latency['value']:>11,.1f} ms  estimated: {latency['model']}",
        f"              accuracy: {latency['accuracy']}",
        f"peak RAM      {ram['total']:>14,}  bytes of {document['ram_bytes']:,}: arena {ram['arena']:,}, "
        f"stack {ram['stack']:,}, static {ram['static']:,}",
        f"flash         {flash['total']:>14,}  bytes: code {flash['code']:,}, model {flash['model']:,}",
        "",
        f"{'':>3} {'operator':<24} {'instructions':>14} {'cycles':>14} {'arena bytes':>12}",
    ]
    for row in document["operators"]:
        lines.append(
            f"{row['index']:>3} {row['operator']:<24} {row['instructions']:>14,} "
            f"{row['cycles_estimated']:>14,} {row['arena_bytes']:>12,}"
        )
    lines += ["", f"    {'function':<24} {'instructions':>14} {'share':>14}"]
    lines += [
        f"    {row['function']:<24} {row['instructions']:>14,} {row['share']:>14.1%}"
        for row in document["functions"]
    ]
    return "\n".join(lines)
