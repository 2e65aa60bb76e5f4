"""`edgeval verify`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeval.terminal import tell_json

SHOWN = 20


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seal", help="The evidence's SHA-256 as edgeval compare printed it; another one fails.")
@click.option("--dataset", help="The test set, as in edgeval compare: its hash and labels are checked too.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies or is downloaded to.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found on standard output.")
@click.pass_context
def command(
    context: click.Context, folder: Path, seal: str | None, dataset: str | None, data_dir: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Recompute every figure and the verdict of a report from its evidence; say what differs.

    FOLDER is a report of edgeval compare. Every file is checked by its SHA-256; predictions, models, firmware and
    settings are tied by evidence/evidence.json. A regression that the gate found and that is stored as one is
    verified all the same.

    \b
    Examples:
      edgeval verify reports/demo
      edgeval verify reports/demo --dataset npz:images.npz
      edgeval verify reports/demo --seal 9f2c...   against whoever could have changed all of it

    Exit codes: 0 all matches, 1 something differs, 2 there is no finished evidence or a usage error.
    """
    from edgeval import store
    from edgeval.data import load_dataset
    from edgeval.evidence.verify import verification_document, verify
    from edgeval.progress import say
    from edgeval.turns import report_reading

    test_set = None if dataset is None else load_dataset(dataset, data_dir)
    with report_reading(folder):
        found = verify(folder, seal, test_set)
    if as_json:
        tell_json(store.json_bytes(verification_document(found)).decode())
    for problem in found.problems[:SHOWN]:
        say(problem.message)
    if len(found.problems) > SHOWN:
        say(f"{len(found.problems) - SHOWN} more differences; --json has all")
    for note in found.notes:
        say(f"note: {note}")
    if found.verified:
        verdict = "pass" if found.passed else "regression"
        say(
            f"verified: {found.figures} values of compare.json and the verdict ({verdict}), seal {found.seal}"
        )
    else:
        say(f"not verified: {len(found.problems)} differences in {folder}")
    context.exit(0 if found.verified else 1)
