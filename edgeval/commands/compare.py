"""`edgeval compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeval.terminal import tell_json

if TYPE_CHECKING:
    from edgeval.evaluation.deployment import Deployment
    from edgeval.gate.terms import Terms
    from edgeval.records import Preprocessing


@click.command()
@click.option("--grid", help="A trained and exported grid, by name or folder (default: the one in models/).")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A .tflite or .onnx file of your own, or the folder of edgeval export, instead of a grid.",
)
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    help="A folder of edgeval import: other tools' predictions.",
)
@click.option(
    "--dataset",
    help="The test set: npz:PATH, folder:PATH@SIZE (default 32), cifar10, ... (default for a grid: the one it was "
    "trained on. Needed with --model.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies or is downloaded to.")
@click.option("--stages", help="Stages to run: float,onnx,int8,tflm (default: all that the model can run).")
@click.option(
    "--int8-runtime",
    help="What runs stage int8: litert, litert-builtin, litert-reference or tflite-runtime (default: the first that "
    "is installed; see docs/RUNTIMES.md).",
)
@click.option("--target", help="Add a device: stm32f746, stm32f407 or stm32l4r5 (see edgeval targets).")
@click.option(
    "--engine", default="builtin", show_default=True, help="The firmware's engine: builtin or tflm."
)
@click.option("--runner", default="unicorn", show_default=True,
              help="What runs the firmware: unicorn, qemu, renode, or serial for the board.")  # fmt: skip
@click.option("--port", help="Serial port of the board (default: found by its USB id).")
@click.option(
    "--device-samples",
    type=click.IntRange(min=1),
    help="Test samples to run on the target (default: all where that takes minutes).",
)
@click.option("--reference", help="The model that error overlap refers to (default: each family's largest).")
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="The gate's rules (default: gate.toml here, else 5 points per class and 1 overall).",
)
@click.option(
    "--max-class-drop", type=float, help="Fail if a class is shown to lose more than this many points."
)
@click.option(
    "--max-accuracy-drop", type=float, help="Fail if a model is shown to lose more than this many points."
)
@click.option(
    "--against",
    type=click.Choice(["own", "reference"]),
    default="own",
    show_default=True,
    help="What to judge against: each model's own first stage, or the reference model's.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Judge against an accepted baseline.json (see edgeval baseline).",
)
@click.option(
    "--baseline-model", help="The baseline's model to judge against (default: the one with the same name)."
)
@click.option("--mean", type=float, help="Preprocessing of --model is (pixel / 255 - mean) / std.")
@click.option(
    "--std", type=float, help="Standard deviation of that preprocessing (default: both from the int8 input)."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes (default: one per core).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report (default: reports/NAME).")
@click.option("--record-only", is_flag=True, help="Report regressions, but exit with 0; errors are still 2.")
@click.option("--github", is_flag=True, help="Print annotations and a step summary for GitHub (docs/CI.md).")
@click.option("--json", "as_json", is_flag=True, help="Print compare.json on standard output.")
@click.pass_context
def command(context: click.Context, as_json: bool, record_only: bool, github: bool, **options: Any) -> None:
    """Evaluate every stage on the whole test set; report what changed, per sample and per class.

    \b
    Examples:
      edgeval compare --target stm32f746
      edgeval compare --target stm32f407 --runner qemu
      edgeval compare --grid demo --max-class-drop 10 --max-accuracy-drop 2
      edgeval compare --grid demo --policy gate.toml --baseline reports/baseline.json
      edgeval compare --model model.tflite --dataset npz:images.npz
      edgeval compare --model exported --target stm32f746
      edgeval compare --predictions imported --record-only

    Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
    """
    from edgeval import store
    from edgeval.compare.document import compare
    from edgeval.evaluation.chain import Request, artifacts_of, cases_of, test_images_of
    from edgeval.evidence.evidence import write_evidence
    from edgeval.evidence.settings import Settings
    from edgeval.gate.verdict import EXIT_CODES
    from edgeval.progress import say
    from edgeval.report.images.samples import choose_samples
    from edgeval.report.words.comparison import doubts, verdict
    from edgeval.report.write import write_report
    from edgeval.turns import report_turn

    terms = _terms(options)
    reference, target, engine = options.pop("reference"), options.pop("target"), options.pop("engine")
    request = Request(
        preprocessing=preprocessing(options.pop("mean"), options.pop("std")),
        deployment=_deployment(
            target, engine, options.pop("device_samples"), options.pop("runner"), options.pop("port")
        ),
        **options,
    )
    folder = request.folder
    store.check_writable(folder)
    cases = cases_of(request)
    settings = Settings(
        reference, target, engine if target else None, terms, record_only, request.preprocessing
    )
    document = compare(
        cases, settings.reference, settings.target, settings.engine, settings.terms, settings.record_only
    )
    images = test_images_of(request)
    samples = None if images is None else choose_samples(cases, document, images)
    with report_turn(folder):
        page = write_report(document, folder, samples)
        seal = write_evidence(folder, cases, settings, document, artifacts_of(request))
    if as_json:
        tell_json(store.json_bytes(document).decode())
    for text in doubts(document):
        say(f"SUSPICIOUS: {text}")
    outcome = verdict(document)
    say(f"{outcome.word}: {outcome.sentence}")
    say(f"report: {page}")
    say(f"evidence: {seal} (edgeval verify {folder})")
    _tell_github(document, github, to_stderr=as_json)
    code = EXIT_CODES[document["gate"]["verdict"]]
    context.exit(0 if record_only and code == 1 else code)


def _tell_github(document: dict[str, Any], asked: bool, to_stderr: bool) -> None:
    """Annotations and step summary, in a step of GitHub Actions or where they were asked for."""
    import os

    from edgeval.report.ci.github import add_step_summary, annotation_lines, in_actions

    if asked or in_actions(os.environ):
        click.echo("\n".join(annotation_lines(document)), err=to_stderr)
        add_step_summary(document, os.environ)


def _terms(options: dict[str, Any]) -> Terms:
    """The policy and what it is judged against; takes its options out."""
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.policy_file import find_policy
    from edgeval.gate.terms import BASELINE, Terms

    policy = find_policy(options.pop("policy"))
    policy = policy.with_allowances(options.pop("max_class_drop"), options.pop("max_accuracy_drop"))
    against, path, model = options.pop("against"), options.pop("baseline"), options.pop("baseline_model")
    return Terms(policy, against) if path is None else Terms(policy, BASELINE, read_baseline(path), model)


def preprocessing(mean: float | None, std: float | None) -> Preprocessing | None:
    from edgeval.records import Preprocessing

    if mean is None and std is None:
        return None
    return Preprocessing(mean or 0.0, 1.0 if std is None else std)


def _deployment(
    target: str | None, engine: str, samples: int | None, runner: str, port: str | None
) -> Deployment | None:
    from edgeval.devices.opening import firmware_of, runner_version
    from edgeval.evaluation.deployment import Deployment

    if target is None:
        return None
    # An unknown target, a missing firmware or an absent program is told before any work.
    firmware_of(target, runner, engine)
    runner_version(runner)
    return Deployment(target, engine, samples, runner, port)
