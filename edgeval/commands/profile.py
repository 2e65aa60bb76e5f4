"""`edgeval profile`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edgeval.terminal import tell, tell_json


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", required=True, help="A target's name, see `edgeval targets`.")
@click.option(
    "--engine", default="builtin", show_default=True, help="The firmware's engine: builtin or tflm."
)
@click.option("--runner", default="unicorn", show_default=True,
              help="What runs the firmware: unicorn, qemu, renode, or serial for the board.")  # fmt: skip
@click.option("--port", help="Serial port of the board (default: found by its USB id), or replay:FILE.")
@click.option("--record", type=click.Path(dir_okay=False, path_type=Path),
              help="Record the board's session in a file, to replay it without a board.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def command(
    model: Path, target: str, engine: str, runner: str, port: str | None, record: Path | None, as_json: bool
) -> None:
    """Profile one inference on a target: instructions, latency, RAM, flash.

    Unicorn counts instructions and estimates the latency, a board measures it; QEMU and Renode give memory only.

    \b
    Examples:
      edgeval profile model_int8.tflite --target stm32f746
      edgeval profile model_int8.tflite --target stm32f746 --runner serial --record session.jsonl
      edgeval profile model_int8.tflite --target stm32f746 --runner serial --port replay:session.jsonl
    """
    from edgeval.footprint.profile import profile

    document = profile(model, target, engine, runner, port, record)
    tell_json(json.dumps(document, indent=2)) if as_json else tell(_text(document))


def _text(document: dict[str, Any]) -> str:
    ram, flash = document["peak_ram_bytes"], document["flash_bytes"]
    lines = [
        f"{document['target']}, engine {document['engine']} {document['engine_version']}, runner {document['runner']}",
        *_time(document),
        f"peak RAM      {ram['total']:>14,}  bytes of {document['ram_bytes']:,}: arena {ram['arena']:,}, "
        f"stack {ram['stack']:,}, static {ram['static']:,}",
        f"flash         {flash['total']:>14,}  bytes: code {flash['code']:,}, model {flash['model']:,}",
        "",
        f"{'':>3} {'operator':<24} {'instructions':>14} {'cycles':>14} {'arena bytes':>12}",
    ]
    if not document["operators"]:
        lines.append("    none: TFLM's BUILD_TYPE=release has no profiler; release_with_logs has")
    for row in document["operators"]:
        cycles = row["cycles_measured"] if row["cycles_estimated"] is None else row["cycles_estimated"]
        lines.append(
            f"{row['index']:>3} {row['operator']:<24} {_count(row['instructions']):>14} "
            f"{_count(cycles):>14} {_count(row['arena_bytes']):>12}"
        )
    if document["functions"]:
        lines += ["", f"    {'function':<24} {'instructions':>14} {'share':>14}"]
    lines += [
        f"    {row['function']:<24} {row['instructions']:>14,} {row['share']:>14.1%}"
        for row in document["functions"]
    ]
    return "\n".join(lines)


def _time(document: dict[str, Any]) -> list[str]:
    """Instructions, cycles and latency, as far as the runner gives them."""
    latency = document["latency_ms"]
    if latency["value"] is None:
        return [f"latency       {'-':>14}  {latency['model']}"]
    if latency["source"] == "measured":
        cycles = [f"cycles        {document['cycles_measured']:>14,}  measured"]
    else:
        cycles = [
            f"instructions  {document['instructions']:>14,}  exact, emulated",
            f"cycles        {document['cycles_estimated']:>14,}  estimated, of them "
            f"{document['cycles_waiting_for_flash']:,} waiting for the flash",
        ]
    return [
        *cycles,
        f"latency       {latency['value']:>11,.1f} ms  {latency['source']}: {latency['model']}",
        f"              accuracy: {latency['accuracy']}",
    ]


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
