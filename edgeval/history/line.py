"""One line of a history from a comparison: figures of every model, stage and class, the verdict, and their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from edgeval.documents.compare import ComparedModel, ComparisonDocument
from edgeval.documents.gate import CheckRow, ClassColumns
from edgeval.documents.history import HistoryLine
from edgeval.gate.verdict import EXIT_CODES
from edgeval.store import SCHEMA_VERSION

DIGITS = 6  # of a fraction: a line of 100 classes stays readable
COSTS = ("latency_ms", "instructions", "peak_ram_bytes", "flash_bytes")


@dataclass(frozen=True)
class Occasion:
    """When and where a comparison was judged. `page` leads from the history's folder to its report; `seal` is the
    SHA-256 of its evidence; `dirty`: whether the commit's files were changed."""

    time: str
    report: str
    page: str
    seal: str | None = None
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None


def history_line(document: ComparisonDocument, compare_sha256: str, occasion: Occasion) -> HistoryLine:
    """The line of a comparison; `compare_sha256` is that of its compare.json."""
    gate = document["gate"]
    data = document["dataset"]
    code = EXIT_CODES[gate["verdict"]]
    line = {
        "schema_version": SCHEMA_VERSION,
        "time": occasion.time,
        "edgeval": document["edgeval"],
        "commit": occasion.commit,
        "branch": occasion.branch,
        "dirty": occasion.dirty,
        "report": occasion.report,
        "page": occasion.page,
        "compare_sha256": compare_sha256,
        "seal": occasion.seal,
        "dataset": {key: data[key] for key in ("name", "sha256", "samples", "classes")},
        "policy": {"source": gate["policy"]["source"], "sha256": gate["policy"]["sha256"]},
        "against": gate["against"],
        "baseline_sha256": _sha256(gate["baseline"]),
        "anchor_sha256": _sha256(gate.get("anchor")),
        "verdict": gate["verdict"],
        "record_only": document["record_only"],
        "exit_code": 0 if document["record_only"] and code == 1 else code,
        "reasons": list(gate.get("reasons", [])),
        "acknowledged": list(gate.get("acknowledged", [])),
        "suspicious": list(document.get("suspicious", [])),
        "target": document["target"],
        "engine": document["engine"],
        "models": [_model(model) for model in document["models"]],
        "checks": [_check(check) for check in gate["checks"]],
    }
    return cast(HistoryLine, line)


def _sha256(baseline: Any) -> str | None:
    return None if baseline is None else str(baseline["sha256"])


def _model(model: ComparedModel) -> dict[str, Any]:
    origins = {origin["stage"]: origin for origin in model["provenance"]}
    return {
        "id": model["id"],
        "validated_stage": model["validated_stage"],
        "deployed_stage": model["deployed_stage"],
        "stages": {
            name: {
                "samples": figures["samples"],
                "failed": figures["failed"],
                "accuracy": _short(figures["accuracy"]),
                "per_class_accuracy": [_short(value) for value in figures["per_class_accuracy"]],
                "runtime": origins[name]["runtime"],
                "model_sha256": origins[name]["model_sha256"],
                "firmware_sha256": origins[name]["firmware_sha256"],
            }
            for name, figures in model["stages"].items()
        },
        **{key: _cost(model, key) for key in COSTS},
    }


def _cost(model: ComparedModel, key: str) -> dict[str, Any] | None:
    """A device figure with its source: latency has its own, the others are counted by the emulator or read off."""
    value = cast("dict[str, Any]", model)[key]
    if value is None:
        return None
    if key == "latency_ms":
        return {"value": value["value"], "source": value["source"]}
    if key == "flash_bytes":
        return {"value": value["total"], "source": "file sizes"}
    latency = model["latency_ms"]  # of the same profile
    source = "measured" if latency is not None and latency["source"] == "measured" else "emulated"
    return {"value": value["total"] if isinstance(value, dict) else value, "source": source}


def _check(check: CheckRow) -> dict[str, Any]:
    classes = check["classes"]
    return {
        **{key: check[key] for key in ("rule", "metric", "model", "stage", "baseline", "status", "unit")},
        "against": check.get("against", "own"),
        "seen": _short(check["seen"]),
        "limit": _short(check["limit"]),
        "before": _short(check["before"]),
        "p_value": check["p_value"],
        "classes": None if classes is None else _classes(classes),
    }


def _classes(columns: ClassColumns) -> dict[str, Any]:
    return {
        "status": list(columns["status"]),
        "before": [_short(value) for value in columns["before"]],
        "limit": [_short(value) for value in columns["limit"]],
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
