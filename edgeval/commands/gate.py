"""`edgeval gate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeval.terminal import tell, tell_json

if TYPE_CHECKING:
    from edgeval.gate.policy import Policy

FLIPS = (1.0, 2.0, 5.0, 10.0)  # percent, where no predictions say how many


@click.command()
@click.argument("source", required=False)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="The rules (default: gate.toml here, else the report's).",
)
@click.option("--max-class-drop", type=float, help="Allowance of the class rule, in points.")
@click.option("--max-accuracy-drop", type=float, help="Allowance of the accuracy rule, in points.")
@click.option(
    "--against",
    type=click.Choice(["own", "reference"]),
    help="What to judge against (default: as in the report).",
)
@click.option("--baseline", type=click.Path(path_type=Path), help="Judge against an accepted baseline.json.")
@click.option(
    "--baseline-model", help="The baseline's model to judge against (default: the one with the same name)."
)
@click.option("--power", is_flag=True, help="Say what the gate can find, instead of a verdict.")
@click.option("--dataset", help="With --power: for the classes of a data set, before there is any model.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies or is downloaded to.")
@click.option("--json", "as_json", is_flag=True, help="Print the gate's part of compare.json.")
@click.pass_context
def command(context: click.Context, source: str | None, power: bool, as_json: bool, **options: Any) -> None:
    """Judge a finished report (or grid) SOURCE again, or say what the gate can find.

    Nothing is evaluated again and the report stays as it is.

    \b
    Examples:
      edgeval gate reports/demo --policy gate.toml
      edgeval gate reports/demo --baseline reports/baseline.json
      edgeval gate --power reports/demo
      edgeval gate --power --dataset cifar10

    Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
    """
    from edgeval.gate.verdict import EXIT_CODES

    if power and options["dataset"] is not None:
        _power_of_dataset(options, as_json)
        return
    gate, doubts = _gate(source, options)
    if as_json:
        _json(gate)
    elif power:
        _print_power(gate["power"])
    else:
        for text in doubts:
            tell(f"SUSPICIOUS: {text}")
        for check in gate["checks"]:
            tell(f"{check['status']:<8}{check['rule']}: {check['message']}")
        for text in gate["reasons"]:
            tell(f"not judged: {text}")
        tell(f"verdict: {gate['verdict']} (policy: {gate['policy']['source']})")
    context.exit(0 if power else EXIT_CODES[gate["verdict"]])


def _gate(source: str | None, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The gate's part of the document, and what makes its figures suspicious.

    The terms are those of the report except where an option says otherwise.
    """
    from dataclasses import replace

    from edgeval.cases.align import checked
    from edgeval.evaluation.finished import finished
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.gate import gate
    from edgeval.gate.suspicious import suspicious
    from edgeval.gate.terms import BASELINE

    found = finished(source)
    terms = replace(found.settings.terms, policy=_policy(options, found.settings.terms.policy))
    if options["against"] is not None:
        terms = replace(terms, against=options["against"], baseline=None)
    if options["baseline"] is not None:
        terms = replace(terms, against=BASELINE, baseline=read_baseline(options["baseline"]))
    if options["baseline_model"] is not None:
        terms = replace(terms, baseline_model=options["baseline_model"])
    comparison = checked(found.cases, found.settings.reference)
    return gate(comparison, terms)[0], suspicious(comparison)


def _policy(options: dict[str, Any], otherwise: Policy | None = None) -> Policy:
    from edgeval.gate.policy_file import GATE_TOML, find_policy

    named = options["policy"] is not None or GATE_TOML.is_file() or otherwise is None
    policy = find_policy(options["policy"]) if named or otherwise is None else otherwise
    return policy.with_allowances(options["max_class_drop"], options["max_accuracy_drop"])


def _power_of_dataset(options: dict[str, Any], as_json: bool) -> None:
    import numpy as np

    from edgeval.data import load_dataset
    from edgeval.errors import UsageError
    from edgeval.gate.power import by_flips, drop_rules

    dataset = load_dataset(options["dataset"], options["data_dir"])
    rules = drop_rules(_policy(options), 1)
    if rules is None:
        raise UsageError("the policy has no tested rule about class_accuracy, so there is no power to tell")
    names = dataset.info().classes
    sizes = np.bincount(dataset.test.labels, minlength=len(names))
    rows = [by_flips(names, sizes, flips / 100, rules) for flips in FLIPS]
    if as_json:
        _json({"dataset": options["dataset"], "rows": rows})
        return
    tell(f"{options['dataset']}: {len(names)} classes of {sizes.min()} to {sizes.max()} images")
    for row in rows:
        _print_power(row)


def _print_power(power: dict[str, Any] | None) -> None:
    from edgeval.errors import UsageError

    if power is None:
        raise UsageError(
            "nothing was judged by a tested rule about class_accuracy, so there is no power to tell"
        )
    tell(
        f"{100 * power['flip_rate']:.1f} % of the images flip: at most {100 * power['false_alarm_rate']:.1f} % false "
        f"alarms, smallest drops found in {100 * power['power']:.0f} % of {power['runs']} simulated runs:"
    )
    for row in power["classes"]:
        tell(f"  {_points(row['smallest_drop'])} in class {row['name']} ({row['samples']} images)")
    tell(f"  {_points(power['smallest_accuracy_drop'])} in accuracy")


def _points(drop: float | None) -> str:
    return "no drop at all" if drop is None else f"{drop:.1f} points"


def _json(document: dict[str, Any]) -> None:
    from edgeval import store

    tell_json(store.json_bytes({"schema_version": store.SCHEMA_VERSION, **document}).decode())
