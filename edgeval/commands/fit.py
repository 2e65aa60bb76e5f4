"""`edgeval fit`."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("models", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--target", "names", multiple=True, help="A target's name; may be repeated (default: all).")
@click.option("--engine", default="builtin", show_default=True, help="The inference engine of the firmware.")
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def command(models: tuple[Path, ...], names: tuple[str, ...], engine: str, as_json: bool) -> None:
    """Say which int8 models fit a target, and why not; trained or not makes no difference.

    MODELS are .tflite files, or folders of them.

    \b
    Example:
      edgeval fit exports/ --target stm32f746
    """
    from edgeval import targets
    from edgeval.fit import fit, models_in

    pairs = [pair for path in models for pair in (models_in(path) if path.is_dir() else [(path.stem, path)])]
    documents = [fit(pairs, name, engine) for name in names or targets.names()]
    if as_json:
        click.echo(json.dumps(documents, indent=2))
        return
    for document in documents:
        click.echo(
            f"{document['target']}: slot {document['slot_bytes']:,} bytes, "
            f"arena {document['arena_bytes']:,} bytes"
        )
        for row in document["models"]:
            arena = row["ram_bytes"]["arena"]
            sizes = f"arena {arena:>10,}" if arena is not None else "arena          ?"
            verdict = "fits" if row["fits"] else "; ".join(row["reasons"])
            click.echo(f"  {row['model']:<32} model {row['flash_bytes']['model']:>10,}  {sizes}  {verdict}")
