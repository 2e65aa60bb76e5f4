"""reports/baseline.json: the accepted outcomes of every sample, small and diffable, for a candidate to be judged by.

One line per model, stage and seed. The predictions are packed; the figures beside them are for the reader of a diff.
The file is tied to its data set, networks, firmware and policy by their SHA-256.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import __version__, store
from edgeval.cases.align import candidates
from edgeval.cases.case import DeviceFigures, ModelCase, device_from_json
from edgeval.errors import DataError, StoreError, UsageError, unknown
from edgeval.gate.judged import NETWORK_STAGES, Outcomes, outcomes
from edgeval.gate.spreads import kept_spreads, spread_from_row
from edgeval.metrics.classification import per_class_accuracy
from edgeval.metrics.inference.seed_drops import SeedSpread
from edgeval.records import DatasetInfo

BASELINE_JSON = Path("reports") / "baseline.json"
ANCHOR_JSON = "anchor.json"  # beside the baseline: the accepted state that stays
CONFIDENCE_STEPS = 255  # a confidence is kept in steps of 1/255


@dataclass(frozen=True)
class Baseline:
    """An accepted state: `entries[(model, stage)]`, all on one data set. `document` is the file's content."""

    dataset: DatasetInfo
    policy_sha256: str
    entries: Mapping[tuple[str, str], Outcomes]
    document: dict[str, Any]
    file: str = BASELINE_JSON.name

    @property
    def spreads(self) -> dict[tuple[str, str], SeedSpread]:
        """What an earlier baseline's seeds told about a (model, stage) that has one seed here."""
        classes = len(self.dataset.classes)
        return {
            (row["model"], row["stage"]): spread_from_row(row, classes)
            for row in self.document.get("spreads", [])
        }

    @property
    def sha256(self) -> str:
        return store.sha256_bytes(baseline_bytes(self.document))

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(model for model, _ in self.entries))

    def stages(self, model: str) -> tuple[str, ...]:
        return tuple(stage for name, stage in self.entries if name == model)

    def stage_for(self, model: str, case: ModelCase, stage: str) -> str | None:
        """The baseline's stage that judges `stage` of a candidate: the same one, or the last of a baseline of the very
        network that the candidate was made from. None where neither is there."""
        stages = self.stages(model)
        if stage in stages or not stages or not set(stages) <= set(NETWORK_STAGES):
            return stage if stage in stages else None
        known = {network for name in stages for network in self.entries[model, name].networks}
        made_from = set(case.networks.values())
        return stages[-1] if made_from and made_from <= known else None

    def model_for(self, model: str, only: bool, chosen: str | None) -> str:
        """The baseline's model that judges `model`: the chosen one, that of the same name, or its only one.

        `only`: the candidate is the only one too. Raises UsageError where none or several would do.
        """
        if chosen is not None:
            if chosen not in self.models:
                raise unknown("baseline model", chosen, self.models, self.file)
            return chosen
        if model in self.models:
            return model
        if only and len(self.models) == 1:
            return self.models[0]
        raise UsageError(
            f"{self.file} has no {model}; name the model that judges it with --baseline-model: {', '.join(self.models)}"
        )

    def check(self, dataset: DatasetInfo) -> None:
        """DataError where the candidate was evaluated on another data set."""
        if dataset.sha256 != self.dataset.sha256:
            raise DataError(
                f"{self.file} was accepted on {self.dataset.name} ({self.dataset.sha256[:12]}), the candidate ran on "
                f"{dataset.name} ({dataset.sha256[:12]}); use the same test set or accept a new baseline"
            )


def accepted(
    cases: Sequence[ModelCase], policy_sha256: str, previous: Baseline | None = None
) -> dict[str, Any]:
    """The document of a baseline: the deployed stage of every model, and later ones that cover a part of the set.

    A model of one seed keeps the spread of seeds that the previous baseline measured or kept, on the same data set.
    """
    seen = [outcomes(case, stage) for case in cases for stage in candidates(case)]
    first = next(iter(next(iter(cases[0].seeds.values())).values()))
    dataset = first.provenance.dataset
    widest = max(seen, key=lambda one: len(one.ids))
    rows = sorted(
        (
            row
            for case, one in _with_cases(cases, seen)
            for row in _rows(case, one, widest.ids, len(dataset.classes))
        ),
        key=lambda row: (row["model"], row["stage"], row["seed"]),
    )
    return {
        "schema_version": store.SCHEMA_VERSION,
        "edgeval": __version__,
        "dataset": dataset.document(),
        "policy_sha256": policy_sha256,
        "id_steps": _packed(np.diff(widest.ids, prepend=0)),
        "labels": _packed(widest.labels),
        **({} if widest.groups is None else {"groups": _packed(widest.groups)}),
        "devices": [
            {"model": case.id, **asdict(case.device)}
            for case in sorted(cases, key=lambda case: case.id)
            if case.device is not None
        ],
        "spreads": []
        if previous is None or previous.dataset.sha256 != dataset.sha256
        else list(kept_spreads(seen, len(dataset.classes), previous.entries, previous.spreads)),
        "entries": rows,
    }


def _with_cases(cases: Sequence[ModelCase], seen: Sequence[Outcomes]) -> list[tuple[ModelCase, Outcomes]]:
    by_id = {case.id: case for case in cases}
    return [(by_id[one.model], one) for one in seen]


def _rows(case: ModelCase, one: Outcomes, ids: np.ndarray, classes: int) -> list[dict[str, Any]]:
    covered = np.isin(ids, one.ids)
    rows = []
    for row, seed in enumerate(one.seeds):
        origin = case.seeds[seed][one.stage].provenance
        per_class = per_class_accuracy(one.labels, one.top1[row], classes)
        rows.append(
            {
                "model": case.id,
                "stage": one.stage,
                "seed": seed,
                "samples": len(one.ids),
                "accuracy": float(one.right[row].mean()),
                "worst_class_accuracy": float(per_class.min()),
                "network_sha256": one.networks[row],
                "model_sha256": origin.model_sha256,
                "firmware_sha256": origin.firmware_sha256,
                "runtime": origin.runtime,
                "covered": None if covered.all() else _packed(covered.astype(np.uint8)),
                "top1": _packed(one.top1[row]),
                "confidence": _packed_confidence(one.confidence[row]),
            }
        )
    return rows


def _packed_confidence(confidence: np.ndarray) -> str | None:
    return None if np.isnan(confidence).any() else _packed(stored_confidence(confidence))


def stored_confidence(confidence: np.ndarray) -> np.ndarray:
    """Confidences as whole steps, uint8 of the same shape."""
    return np.round(confidence * CONFIDENCE_STEPS).astype(np.uint8)


def _packed(values: np.ndarray) -> str:
    """Integers as text: the smallest dtype that holds them, compressed, base64."""
    low, high = int(values.min()), int(values.max())
    kind = next(
        kind
        for kind in ("u1", "<i2", "<i4", "<i8")
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    )
    data = zlib.compress(values.astype(kind).tobytes(), 9)
    return f"{kind}:{base64.b64encode(data).decode()}"


def _unpacked(text: str, where: str) -> np.ndarray:
    kind, _, data = text.partition(":")
    try:
        return np.frombuffer(zlib.decompress(base64.b64decode(data, validate=True)), np.dtype(kind)).astype(
            np.int64
        )
    except (binascii.Error, zlib.error, TypeError, ValueError) as error:
        raise StoreError(f"{where} is damaged ({error}); restore it from git or accept it again") from error


def baseline_bytes(document: Mapping[str, Any]) -> bytes:
    """The file: one line per key, and one per entry of a list of tables, so that a diff shows what changed."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            lines.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def read_baseline(path: Path) -> Baseline:
    """The accepted state of a file; StoreError where it is missing, damaged or of another form."""
    return baseline_from_json(store.read_json(path), path.name)


def baseline_from_json(document: dict[str, Any], name: str) -> Baseline:
    """The accepted state of a document that `accepted` made."""
    try:
        dataset = DatasetInfo(**{**document["dataset"], "classes": tuple(document["dataset"]["classes"])})
        devices = {row["model"]: _device(row) for row in document["devices"]}
        entries = _entries(document, name, devices)
        baseline = Baseline(dataset, document["policy_sha256"], entries, document, name)
        _ = baseline.spreads  # damage is told at once
        return baseline
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise StoreError(f"{name} has not the form of a baseline ({error!r}); accept it again") from error


def _device(row: dict[str, Any]) -> DeviceFigures:
    return device_from_json({key: value for key, value in row.items() if key != "model"})


def _entries(
    document: dict[str, Any], name: str, devices: Mapping[str, DeviceFigures]
) -> dict[tuple[str, str], Outcomes]:
    steps, labels = (_unpacked(document[key], f"{name}: {key}") for key in ("id_steps", "labels"))
    ids = np.cumsum(steps)
    groups = _unpacked(document["groups"], f"{name}: groups") if "groups" in document else None
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in document["entries"]:
        grouped.setdefault((row["model"], row["stage"]), []).append(row)
    return {
        (model, stage): _outcomes(rows, f"{name}, {model} {stage}", ids, labels, groups, devices.get(model))
        for (model, stage), rows in grouped.items()
    }


def _outcomes(
    rows: list[dict[str, Any]],
    where: str,
    ids: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray | None,
    device: DeviceFigures | None,
) -> Outcomes:
    covered = rows[0]["covered"]
    chosen = slice(None) if covered is None else _unpacked(covered, where) > 0
    ids, labels = ids[chosen], labels[chosen]
    groups = None if groups is None else groups[chosen]
    top1 = [_unpacked(row["top1"], where) for row in rows]
    confidence = [
        np.full(len(ids), np.nan) if row["confidence"] is None else _unpacked(row["confidence"], where)
        for row in rows
    ]
    if any(
        len(values) != len(ids)
        for values in (*top1, *confidence, labels, *([] if groups is None else [groups]))
    ):
        raise StoreError(f"{where} has not as many predictions as samples; accept the baseline again")
    return Outcomes(
        rows[0]["model"],
        rows[0]["stage"],
        tuple(row["seed"] for row in rows),
        tuple(row["network_sha256"] for row in rows),
        ids,
        labels,
        np.array(top1),
        np.array(confidence) / CONFIDENCE_STEPS,
        device,
        _knows_networks(rows),
        groups,
    )


def _knows_networks(rows: list[dict[str, Any]]) -> bool:
    """Whether the hashes are of the networks: where a later stage's file is the first one, that was converted."""
    return rows[0]["stage"] in NETWORK_STAGES or all(
        row["network_sha256"] != row["model_sha256"] and row["model_sha256"] is not None for row in rows
    )
