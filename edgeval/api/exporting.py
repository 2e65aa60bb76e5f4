"""`export`: ONNX and full-int8 TFLite, with proof that they are still the same network."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, cast

from edgeval.api.results import Document, PathLike, Row, frame, path_or_none

if TYPE_CHECKING:
    import pandas

    from edgeval.export.job import Result
    from edgeval.records import PerChannel


@dataclass(frozen=True)
class Exports:
    """What happened to each network: exported, finished before, or refused for a reason."""

    results: tuple[Result, ...] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether no network was refused."""
        return self.refusal is None

    @property
    def refusal(self) -> str | None:
        """How many networks were refused and why the first one was; None where none was."""
        refused = [result for result in self.results if result.state == "refused"]
        if not refused:
            return None
        first = refused[0]
        return f"{len(refused)} of {len(self.results)} networks were refused, first {first.label}: {first.reason}"

    @property
    def models(self) -> list[Row]:
        """One row per network; `record` is its export.json."""
        return [asdict(result) for result in self.results]

    @property
    def document(self) -> Document:
        """What `edgeval export --json` prints."""
        from edgeval import store

        return {"schema_version": store.SCHEMA_VERSION, "exports": self.models}

    def to_frame(self) -> pandas.DataFrame:
        """One line per network: state, bytes of each file, accuracies (fractions) and flipped labels of int8."""
        return frame(map(_row, self.results))

    def __str__(self) -> str:
        return "\n".join(map(_line, self.results))


def export(
    grid: str | None = None,
    *,
    run: PathLike | None = None,
    torch: str | None = None,
    weights: PathLike | None = None,
    onnx: PathLike | None = None,
    int8: bool = False,
    backend: str | None = None,
    dataset: str | None = None,
    data_dir: PathLike | None = None,
    out: PathLike | None = None,
    mean: PerChannel | None = None,
    std: PerChannel | None = None,
    calibration: int = 500,
    max_int8_drop: float = 10.0,
    shard: str | None = None,
) -> Exports:
    """Export a grid, a trained run, or a network of your own (`torch` "module:callable" with `weights`, or `onnx`).

    `backend` makes the int8 file: "litert", "tensorflow" or None for what is installed; `calibration` is its number of
    training images; beyond `max_int8_drop` points of accuracy an int8 file is refused.
    `shard` "I/N" takes one of N parts of a grid (docs/SCALE.md).
    A refused network does not stop the others and raises nothing: see `passed`. Raises UsageError where the arguments
    do not go together, ToolError where a library is missing.
    """
    from edgeval.export.command import Request, export_request
    from edgeval.export.job import Options
    from edgeval.export.worker import default_backend
    from edgeval.shards import parse_shard

    chosen = backend or default_backend()
    options = Options(int8, dataset, path_or_none(data_dir), calibration, max_int8_drop / 100, chosen)
    request = Request(
        grid=grid,
        run=path_or_none(run),
        torch=torch,
        onnx=path_or_none(onnx),
        weights=path_or_none(weights),
        out=path_or_none(out),
        mean=mean,
        std=std,
        shard=parse_shard(shard),
    )
    return Exports(tuple(export_request(request, options)))


def _row(result: Result) -> Row:
    row: Row = {
        "model": result.label,
        "state": result.state,
        "seconds": result.seconds,
        "reason": result.reason,
    }
    if result.record is not None:
        row |= {f"{name}_bytes": entry["bytes"] for name, entry in result.record["files"].items()}
        int8 = result.record["int8"]
        row |= cast(Row, int8["parity"]) if int8 else {}
    return row


def _line(result: Result) -> str:
    if result.record is None:
        return f"{result.label}: {result.state}"
    parts = [f"{name} {entry['bytes']:,} bytes" for name, entry in result.record["files"].items()]
    if result.record["int8"]:
        parity = result.record["int8"]["parity"]
        parts.append(
            f"accuracy {100 * parity['float_accuracy']:.1f} -> {100 * parity['int8_accuracy']:.1f} % int8, "
            f"{parity['flipped_labels']} of {parity['samples']} labels flipped"
        )
    state = f"exported in {result.seconds:.1f} s" if result.state == "exported" else "exported before"
    return f"{result.label}: {state}: {'; '.join(parts)}"
