"""Predictions with planted structure: easy and hard classes, sizes, seeds, quantization, rounding.

A sample is right where its margin (skill of the size - difficulty of its class + luck of the sample + luck of
the seed) beats the noise of the other logits, so small sizes lose the hard classes first and share errors
with larger ones through the luck of the sample. int8 rounds the logits to a grid and shifts one class; tflm
moves some outputs by one step.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from edgeval.cases.case import DeviceFigures, Flash, Latency, ModelCase, PeakRam
from edgeval.records import FAILED, DatasetInfo, Predictions, Preprocessing, Provenance

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SCALE, ZERO_POINT = 0.1, 0
SHARPNESS = 1.6  # makes the planted models somewhat overconfident
HOST_STAGES = ("float", "onnx", "int8", "tflm")
SIZES = {  # id -> family, params, macs, skill
    "scalecnn-4": ("scalecnn", 19_000, 910_000, 2.6),
    "scalecnn-8": ("scalecnn", 74_000, 3_500_000, 3.4),
    "scalecnn-16": ("scalecnn", 296_000, 13_700_000, 4.2),
    "mobilenetv2-0.35": ("mobilenetv2", 409_000, 11_400_000, 3.9),
}


@dataclass(frozen=True)
class World:
    """One data set that all planted models see: labels int64 (n,), luck float64 (n,)."""

    info: DatasetInfo
    labels: np.ndarray
    luck: np.ndarray


def world(classes: int = 10, samples: int = 1000, seed: int = 7) -> World:
    names = CIFAR10 if classes == 10 else tuple(f"class {index:02d}" for index in range(classes))
    rng = np.random.default_rng(seed)
    labels = np.arange(samples) % classes
    digest = hashlib.sha256(f"planted {classes} {samples} {seed}".encode()).hexdigest()
    return World(DatasetInfo("planted", digest, samples, names), labels, rng.normal(0, 1.6, samples))


def predictions(
    where: World, stage: str, scores: np.ndarray, model: str = "planted", **changes: object
) -> Predictions:
    """Predictions of given scores float (n, classes); an int8 stage gets its output on the planted grid."""
    runtimes = {"float": "torch 2.13.0", "onnx": "onnxruntime 1.23.0", "int8": "tflite-runtime 2.14.0"}
    digest = hashlib.sha256(f"{model} {stage}".encode()).hexdigest()
    provenance = Provenance(
        stage,
        digest,
        where.info,
        runtimes.get(stage, "tflite-micro 0.dev20261023182759"),
        preprocessing=Preprocessing(),
    )
    made = Predictions(
        provenance,
        np.arange(len(where.labels)),
        where.labels,
        scores.argmax(1),
        scores.astype(np.float32),
        "logits",
    )
    if stage not in ("float", "onnx"):
        steps = np.clip(np.round(scores / SCALE), -128, 127).astype(np.int8)
        dequantized = steps.astype(np.float32) * np.float32(SCALE)
        made = replace(
            made, output_int8=steps, output_scale=SCALE, output_zero_point=ZERO_POINT, scores=dequantized,
            top1=steps.argmax(1),
        )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def chain(
    where: World, model: str, seed: int, skill: float, stages: tuple[str, ...], hurt: int | None
) -> dict[str, Predictions]:
    """The stages of one trained network; quantization costs class `hurt` a part of its margin."""
    classes = len(where.info.classes)
    rng = np.random.default_rng([seed, *model.encode()])
    difficulty = np.linspace(-0.8, 1.6, classes) * 4.2 / skill
    scores = rng.normal(0, 1.0, (len(where.labels), classes))
    scores[np.arange(len(where.labels)), where.labels] += (
        skill - difficulty[where.labels] + where.luck + rng.normal(0, 0.4, len(where.labels))
    )
    scores *= SHARPNESS
    quantized = scores + rng.normal(0, 0.05, scores.shape)
    if hurt is not None:
        quantized[:, hurt] -= 2.5
    stepped = quantized + SCALE * rng.choice((-1, 0, 1), scores.shape, p=(0.02, 0.96, 0.02))
    made = {
        "float": scores,
        "onnx": scores + rng.normal(0, 1e-6, scores.shape),
        "int8": quantized,
        "tflm": stepped,
        "emulated": stepped,
    }
    return {stage: predictions(where, stage, made[stage], f"{model}/{seed}") for stage in stages}


def grid(
    where: World,
    seeds: tuple[int, ...] = (0, 1),
    stages: tuple[str, ...] = HOST_STAGES,
    hurt: int | None = 3,
    device: bool = False,
) -> list[ModelCase]:
    """ScaleCNN 4, 8, 16 and MobileNetV2 0.35."""
    return [
        ModelCase(
            name, family, {seed: chain(where, name, seed, skill, stages, hurt) for seed in seeds}, params, macs,
            size_bytes=params + 12_000, device=figures(params, macs) if device else None,
        )
        for name, (family, params, macs, skill) in SIZES.items()
    ]  # fmt: skip


def figures(params: int, macs: int) -> DeviceFigures:
    """Device figures of a plausible size, with a row an operator."""
    arena = 20_000 + params // 10
    return DeviceFigures(
        latency_ms=Latency(macs / 216e3 * 1.5, "estimated", "instruction classes, cortex-m7 216 MHz"),
        instructions=macs * 2,
        peak_ram_bytes=PeakRam(arena + 3_000, arena, 1_900, 1_100),
        flash_bytes=Flash(params + 60_000, 48_000, params + 12_000),
        fits=params < 400_000,
        operators=(
            {
                "index": 0,
                "operator": "CONV_2D",
                "instructions": macs,
                "cycles_estimated": None,
                "cycles_measured": None,
                "arena_bytes": None,
            },
        ),
    )


def with_failures(made: Predictions, rows: list[int]) -> Predictions:
    """The same predictions with failed samples, as a runtime stores them."""
    top1, scores = made.top1.copy(), made.scores.copy()
    top1[rows], scores[rows] = FAILED, 0.0
    return replace(made, top1=top1, scores=scores)
