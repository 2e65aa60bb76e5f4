"""Planted lines of a history: a model of four classes, one of which sinks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

CLASSES = ("cat", "dog", "ship", "truck")


def line(number: int, verdict: str = "pass", report: str = "net", **changes: Any) -> Any:
    """The `number`-th comparison of a year; cat loses a point each time and fails where the verdict does."""
    cat, status = 0.9 - 0.01 * number, "fail" if verdict == "fail" else "pass"
    rates = [cat, 0.9, 0.9, 0.9]
    day = datetime(2026, 1, 1) + timedelta(days=number)
    check = {
        "rule": "class_accuracy", "metric": "class_accuracy", "model": "net", "stage": "int8", "baseline": "net",
        "status": status, "unit": "points", "against": "baseline", "seen": 1.0, "limit": 5.0, "before": 0.9,
        "p_value": 0.5,
        "classes": {"status": [status, "pass", "pass", "pass"], "before": [0.9] * 4, "limit": [5.0] * 4},
    }  # fmt: skip
    fixed = {
        **check,
        "against": "anchor",
        "classes": {**check["classes"], "status": ["pass"] * 4},
        "status": "pass",
    }
    stage = {
        "samples": 400, "failed": 0, "accuracy": sum(rates) / 4, "per_class_accuracy": rates, "runtime": "planted 1",
        "model_sha256": f"{number:064x}", "firmware_sha256": None,
    }  # fmt: skip
    model = {
        "id": "net", "validated_stage": "float", "deployed_stage": "int8", "stages": {"float": stage, "int8": stage},
        "latency_ms": {"value": 12.5, "source": "estimated"}, "instructions": {"value": 1e6, "source": "emulated"},
        "peak_ram_bytes": None, "flash_bytes": {"value": 90_000.0, "source": "file sizes"},
    }  # fmt: skip
    return {
        "schema_version": 1, "time": day.strftime("%Y-%m-%dT%H:%M:%SZ"), "edgeval": "0.1.0",
        "commit": f"{number:040x}"[::-1], "branch": "main", "dirty": False, "report": report,
        "page": f"{report}/report.html", "compare_sha256": f"{number:064x}", "seal": f"{number:064x}",
        "dataset": {"name": "planted", "sha256": "0" * 64, "samples": 400, "classes": list(CLASSES)},
        "policy": {"source": "gate.toml", "sha256": "0" * 64}, "against": "baseline", "baseline_sha256": "0" * 64,
        "anchor_sha256": None, "verdict": verdict, "record_only": False,
        "exit_code": {"pass": 0, "fail": 1, "incomplete": 2}[verdict], "reasons": [], "acknowledged": [],
        "suspicious": [], "target": "stm32f746", "engine": "builtin", "models": [model], "checks": [check, fixed],
        **changes,
    }  # fmt: skip
