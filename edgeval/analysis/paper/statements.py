"""Statements of the paper, checked on figures of the same families: which hold here, which do not.

Alnemari, Qureshi, Begrazadah: Scaling Laws in the Tiny Regime (2026). A statement about a family that is not there,
or about figures that are not known, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

SCALECNN, MOBILENETV2 = "scalecnn", "mobilenetv2"
ALIASES = {"mobnetv2": MOBILENETV2, "mobilenet": MOBILENETV2}
FROM_WIDTH = 0.50  # section 5.2: above this width MobileNetV2's exponent is said to decline

Eces = Mapping[str, Sequence[float]]  # family -> ECE by size, smallest first


def family_key(name: str) -> str:
    """ScaleCNN as scalecnn, MobNetV2 as mobilenetv2."""
    key = re.sub(r"[^a-z0-9]", "", name.lower())
    return ALIASES.get(key, key)


def paper_statements(stage: str, scaling: Sequence[dict[str, Any]], ece: Eces) -> list[dict[str, Any]]:
    """`section`, `statement`, `holds` and `evidence` of each statement that this stage's figures can judge."""
    entries = {family_key(entry["family"]): entry for entry in scaling if entry["stage"] == stage}
    found = [
        *_local(entries.get(SCALECNN), entries.get(MOBILENETV2)),
        *_steeper(entries.get(SCALECNN), entries.get(MOBILENETV2)),
        *_calibration({family_key(name): values for name, values in ece.items()}),
    ]
    return [statement(stage, finding) for finding in found]


Finding = tuple[str, str, bool, str]  # section, statement, whether it holds, evidence


def statement(stage: str, finding: Finding) -> dict[str, Any]:
    """The form in which a finding is stored."""
    section, text, holds, evidence = finding
    return {"stage": stage, "section": section, "statement": text, "holds": holds, "evidence": evidence}


def _local(cnn: dict[str, Any] | None, mobile: dict[str, Any] | None) -> Iterator[Finding]:
    if cnn and len(cnn["local_alpha"]) > 1:
        yield (
            "5.2",
            "ScaleCNN: the local exponent decays smoothly and monotonically",
            bool(cnn["monotonic"]["decreasing"]),
            cnn["monotonic"]["sentence"],
        )
    wide = [step for step in mobile["local"] if _width(step["from"]) >= FROM_WIDTH] if mobile else []
    if len(wide) > 1:
        alphas = [step["alpha"] for step in wide]
        yield (
            "5.2",
            "MobileNetV2: above m = 0.50 the local exponent declines monotonically",
            bool((np.diff(alphas) <= 0).all()),
            f"from {wide[0]['from']} on: {', '.join(f'{alpha:.3f}' for alpha in alphas)}",
        )
    if mobile and _width(mobile["models"][-1]) >= 3:
        saturation = mobile["saturation"]
        yield (
            "5.3",
            "MobileNetV2 saturates at m = 3.0",
            bool(saturation["saturated"]),
            saturation["warning"] or f"the last local exponent is {mobile['local_alpha'][-1]:.3f}",
        )


def _width(model: str) -> float:
    """The number at the end of `mobilenetv2-0.50`, `m=0.50` or `0.50`; 0 where there is none."""
    match = re.search(r"\d+(\.\d+)?$", model)
    return float(match[0]) if match else 0.0


def _steeper(cnn: dict[str, Any] | None, mobile: dict[str, Any] | None) -> Iterator[Finding]:
    for name, entry in (("ScaleCNN", cnn), ("MobileNetV2", mobile)):
        if entry and entry["h1"]["supported"] is not None:
            r2 = entry["r2"]
            yield (
                "4.1, 5.1",
                f"{name} follows a power law (H1: R^2 of 0.9 or more, no systematic structure in the residuals)",
                entry["h1"]["supported"],
                "; ".join([f"R^2 is {r2:.3f}" if r2 is not None else "", *entry["h1"]["reasons"]]).strip(
                    "; "
                ),
            )
    if cnn and mobile:
        yield (
            "5.1",
            "ScaleCNN scales more steeply than MobileNetV2",
            cnn["alpha"] > mobile["alpha"],
            f"alpha {cnn['alpha']:.3f} and {mobile['alpha']:.3f}",
        )


def _calibration(ece: Eces) -> Iterator[Finding]:
    for key, name in ((SCALECNN, "ScaleCNN"), (MOBILENETV2, "MobileNetV2")):
        values = ece.get(key, ())
        if len(values) < 3:
            continue
        shown = ", ".join(f"{value:.3f}" for value in values)
        yield "5.6", f"{name}: the smallest size has the lowest ECE", min(values) == values[0], f"ECE {shown}"
        if key == SCALECNN:
            peak = 0 < int(np.argmax(values)) < len(values) - 1
            yield (
                "5.6",
                "ScaleCNN: ECE rises to a peak at a middle size and falls again",
                peak,
                f"ECE {shown}",
            )
        else:
            rising = bool((np.diff(values) >= 0).all())
            yield "5.6", "MobileNetV2: ECE increases with every size", rising, f"ECE {shown}"
