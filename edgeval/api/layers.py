"""`compare_layers`: two runtimes of one .tflite file, operator by operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeval.api.results import Document, PathLike, Row, flat, frame, path_or_none

if TYPE_CHECKING:
    import pandas

    from edgeval.records import PerChannel


@dataclass(frozen=True)
class Layers:
    """Whether two runtimes differ by rounding or by a defect, and where. `document`: docs/LAYERS.md."""

    document: Document = field(repr=False)

    @property
    def verdict(self) -> str:
        """`bit-exact`, `rounding only` or `diverges`."""
        return str(self.document["verdict"])

    @property
    def passed(self) -> bool:
        """Whether no operator differs by more than one quantization step."""
        return self.verdict != "diverges"

    @property
    def operators(self) -> list[Row]:
        return list(self.document["operators"])

    def to_frame(self) -> pandas.DataFrame:
        """One line per operator."""
        return frame(map(flat, self.operators))

    def __str__(self) -> str:
        return _text(self.document)


def compare_layers(
    model: PathLike,
    dataset: str,
    *,
    first: str = "int8",
    second: str = "tflm",
    int8_runtime: str | None = None,
    target: str | None = None,
    engine: str = "builtin",
    images: int = 256,
    samples: int | None = None,
    mean: PerChannel | None = None,
    std: PerChannel | None = None,
    data_dir: PathLike | None = None,
) -> Layers:
    """Run the test images whose outputs differ most through every operator of both runtimes on equal inputs.

    `images` are looked through for the most telling `samples` (default: 32, emulated 4). Raises UsageError for an
    unknown stage or a missing target, DataError, ModelError, ToolError or DeviceError.
    """
    from edgeval.localise.question import Question, compare_layers as compared
    from edgeval.records import preprocessing_of

    question = Question(
        Path(model),
        dataset,
        first,
        second,
        target=target,
        engine=engine,
        images=images,
        samples=samples,
        preprocessing=preprocessing_of(mean, std),
        data_dir=path_or_none(data_dir),
        int8_runtime=int8_runtime,
    )
    return Layers(compared(question))


def _text(document: dict[str, Any]) -> str:
    first, second = document["from"], document["to"]
    lines = [
        f"{document['verdict']}: {document['text']}",
        f"{document['images']:,} images, of which {document['images_differing']:,} give other outputs and "
        f"{document['flipped']:,} another label; {document['samples']} of them layer by layer",
    ]
    if not document["operators"]:
        return "\n".join(lines)
    lines += [
        "",
        f"{'':>3} {'operator':<20} {'values':>11} {'differing':>10} {'steps':>5}   {'added up':>10} {'steps':>5}   "
        "worst channels, and what rounds",
    ]
    for row in document["operators"]:
        lines.append(
            f"{row['index']:>3} {row['operator']:<20} {row['elements']:>11,} {row['differing']:>10,} "
            f"{row['largest_step']:>5}   {row['accumulated_differing']:>10,} {row['accumulated_largest_step']:>5}   "
            + _remark(row, first, second)
        )
    return "\n".join(lines)


def _remark(row: dict[str, Any], first: str, second: str) -> str:
    parts = [", ".join(str(channel["channel"]) for channel in row["channels"])]
    for stage, side in ((first, row["rounding_from"]), (second, row["rounding_to"])):
        if side is not None and row["largest_step"] == 1:
            parts.append(f"{stage} {side['rounding']} {100 * side['share']:.4g} %")
    return "; ".join(filter(None, parts))
