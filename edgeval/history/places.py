"""Where a history lies: a file of lines, a folder with a file for each, or a branch of git.

In all of them a line is whole or not there, also where several processes append at once and where one is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from edgeval import store, system
from edgeval.documents.history import HistoryLine
from edgeval.errors import StoreError
from edgeval.history.git import append_to_branch, read_branch
from edgeval.inputs import read_input
from edgeval.locks import lock_file, write_problem
from edgeval.progress import say

BRANCH, SUFFIX, NAME = "branch:", ".jsonl", "history.jsonl"


@dataclass(frozen=True)
class Place:
    """Where a comparison's line goes. Only where somebody `asked` for it is it an error that it cannot go there."""

    where: str
    asked: bool = True


def append(place: str, line: HistoryLine) -> bool:
    """Add a line to a history, which need not exist; False where the last one is of the same comparison.

    `place`: a file (*.jsonl), a folder, or "branch:NAME" of the repository here. Raises StoreError where it cannot be
    written, or holds what is no history.
    """
    data = (json.dumps(line, allow_nan=False) + "\n").encode()
    if place.startswith(BRANCH):
        branch = place.removeprefix(BRANCH)
        if _same(list(_lines(read_branch(Path(), branch, NAME), place)), line):
            return False
        append_to_branch(Path(), branch, NAME, data)
        return True
    path = Path(place)
    with _locked(path):
        if _same(read(place), line):
            return False
        if _is_file(path):
            _append(path, data)
        else:
            store.write_bytes(
                path / f"{line['time'].replace(':', '')}-{store.sha256_bytes(data)[:12]}.json", data
            )
    return True


def read(place: str) -> list[HistoryLine]:
    """The lines of a history in the order of time; none where it does not exist.

    What follows the last line break is of a writer that was killed, and is no line. Raises StoreError for a line
    that is none of this edgeval's.
    """
    if place.startswith(BRANCH):
        found = list(_lines(read_branch(Path(), place.removeprefix(BRANCH), NAME), place))
    elif _is_file(Path(place)):
        found = list(_lines(_content(Path(place)), place)) if Path(place).exists() else []
    else:
        files = sorted(Path(place).glob("*.json"))
        found = [line for file in files for line in _lines(_content(file), str(file))]
    return sorted(found, key=lambda line: line["time"])


def _is_file(path: Path) -> bool:
    return path.suffix == SUFFIX or path.is_file()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with lock_file(path.with_name(f".{path.name}.lock")) as file:
        system.lock(file)
        yield


def _append(path: Path, data: bytes) -> None:
    """One write at the end of the file; the rest of a killed writer's line goes first, and is said."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            torn = _torn(path)
            if torn:
                say(
                    f"{path} ended in {torn} bytes of a line that a killed process did not finish; they are removed"
                )
                file.truncate(path.stat().st_size - torn)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(write_problem(path, len(data), error)) from error


def _torn(path: Path) -> int:
    """Bytes after the last line break."""
    content = path.read_bytes()
    return len(content) - (content.rfind(b"\n") + 1)


def _content(path: Path) -> bytes:
    try:
        return read_input(path)
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def _lines(content: bytes, where: str) -> Iterator[HistoryLine]:
    whole = content[: content.rfind(b"\n") + 1]
    for number, text in enumerate(whole.splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            version, _ = (
                line["schema_version"],
                (line["time"], line["models"], line["verdict"], line["report"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(
                f"{where}, line {number} is no line of a history ({type(error).__name__}); take it out, or "
                "restore the file"
            ) from error
        if version != store.SCHEMA_VERSION:
            raise StoreError(
                f"{where}, line {number} has schema version {version}, this edgeval reads {store.SCHEMA_VERSION}"
            )
        yield cast(HistoryLine, line)


def _same(lines: list[HistoryLine], line: HistoryLine) -> bool:
    """Whether the report's last line is of the same comparison at the same commit: it was only written again."""
    before = [one for one in lines if one["report"] == line["report"]]
    keys = ("compare_sha256", "commit", "seal")
    return bool(before) and all(before[-1][key] == line[key] for key in keys)  # type: ignore[literal-required]
