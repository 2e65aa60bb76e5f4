"""Instructions and arena of one inference of the builtin engine, against TFLite Micro with CMSIS-NN counted in the
same emulator (../shared/data/tflm-cortex-m4.json)."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import SHARED_DATA
from tests.firmware.emulated import EmulatedEngine, build, have_compiler

CORE = "cortex-m4"
INSTRUCTIONS_AIM, ARENA_AIM = 0.7, 0.8


def run() -> list[dict[str, Any]]:
    """Two rows a model: instructions and arena bytes; the ratio is ours to theirs."""
    peers = SHARED_DATA / "tflm-cortex-m4.json"
    if not (peers.is_file() and have_compiler()):
        print("engine: skipped, needs ../shared/data and arm-none-eabi-gcc", file=sys.stderr)
        return []
    image = (np.load(SHARED_DATA / "cifar10-subset.npz")["x_test"][:1].astype(np.int16) - 128).astype(np.int8)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        engine = EmulatedEngine(build(CORE, Path(folder)), CORE)
        for name, peer in json.loads(peers.read_text())["models"].items():
            engine.load((SHARED_DATA / name).read_bytes())
            instructions, arena = engine.count(image).total, engine.arena_used_bytes()
            model = name.removesuffix("-int8.tflite")
            rows.append(_row(f"instructions, {model}", instructions, peer["instructions"], INSTRUCTIONS_AIM))
            rows.append(_row(f"arena bytes, {model}", arena, peer["arena_bytes"], ARENA_AIM))
    return rows


def _row(what: str, ours: int, theirs: int, aim: float) -> dict[str, Any]:
    return {
        "what": what,
        "peer": "TFLM + CMSIS-NN, emulated Cortex-M4",
        "ours": f"{ours:,}",
        "theirs": f"{theirs:,}",
        "ratio": f"{ours / theirs:.3f}",
        "aim": f"<= {aim}",
    }
