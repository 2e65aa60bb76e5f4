"""Plain files on disk that are whole or absent: atomic writes, hashes, manifests.

A folder's `manifest.json` lists the SHA-256 of each file that was finished there. `publish` takes
a file's entry out of the manifest before it replaces the file and puts the new one in afterwards,
so that a process killed at any moment leaves either a listed file that matches or an unlisted one,
which readers treat as not there.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from edgeval import system
from edgeval.errors import StoreError
from edgeval.inputs import open_input, read_input
from edgeval.locks import lock_file, write_problem

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1
# Of a document that somebody else may have made; parsed, it takes several times that.
LARGEST_JSON_BYTES = 256 << 20


def cache_folder() -> Path:
    """Where what can be made again is kept: `$XDG_CACHE_HOME/edgeval`, by default `~/.cache/edgeval`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgeval"


def sha256_bytes(data: bytes) -> str:
    """Hex SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically: temporary file in the same folder, fsync, rename, fsync of the folder.

    Raises StoreError where the disk is full or the folder cannot be written.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_litter(path)
        descriptor, temporary = _temporary(path)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        temporary = None
        system.sync_folder(path.parent)
    except OSError as error:
        raise StoreError(write_problem(path, len(data), error)) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _temporary(path: Path) -> tuple[int, str]:
    """A new file beside `path`, descriptor and name. Its kernel lock tells it from what a killed writer left."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        if system.lock(descriptor, wait=False) and os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)  # another writer of this file took it for litter before it was locked


def _remove_litter(path: Path) -> None:
    """Delete the temporary files of killed writers of `path`."""
    for litter in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with contextlib.suppress(OSError), litter.open("rb") as file:
            if system.lock(file, wait=False):
                litter.unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode())


def json_bytes(value: Any) -> bytes:
    """The one JSON form of stored documents: indented, key order kept, NaN refused."""
    return (json.dumps(value, indent=1, allow_nan=False) + "\n").encode()


def npz_bytes(**arrays: np.ndarray) -> bytes:
    """A compressed npz; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    save: Any = np.savez_compressed  # its types take the keywords for options
    save(buffer, **arrays)
    return buffer.getvalue()


def inside(folder: Path, name: str) -> Path:
    """`folder/name` for a name that a document gives.

    Raises StoreError where the name leads out of the folder, or a symbolic link below the folder might.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/") or "\0" in name:
        raise StoreError(f"{folder} names the file {name!r}, which is not below it; do not trust this folder")
    path = folder
    for part in parts:
        path = path / part
        if os.path.islink(path):
            raise StoreError(
                f"{path} is a symbolic link, which may lead anywhere; put there what it points to, "
                f"or make {folder} as a whole the link"
            )
    return path


def read_json(path: Path, schema_version: int | None = SCHEMA_VERSION) -> dict[str, Any]:
    """Read a JSON document; StoreError where it is missing, damaged, too large or of another schema version."""
    try:
        size = path.stat().st_size
        if size > LARGEST_JSON_BYTES:
            raise StoreError(f"{path} has {size:,} bytes, a JSON document at most {LARGEST_JSON_BYTES:,}")
        document = json.loads(read_input(path))
    except FileNotFoundError as error:
        raise StoreError(f"{path} does not exist") from error
    except RecursionError as error:
        raise StoreError(f"{path} is not a document of edgeval: it is nested too deeply") from error
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} is not a readable JSON document: {error}") from error
    if not isinstance(document, dict):
        raise StoreError(f"{path} holds {type(document).__name__}, expected a JSON object")
    seen = document.get("schema_version")
    if schema_version is not None and seen != schema_version:
        raise StoreError(
            f"{path} has schema version {seen}, this edgeval reads {schema_version}; make it again"
        )
    return document


def check_writable(folder: Path) -> None:
    """StoreError where results cannot go to `folder`, which need not exist: to be asked before the work."""
    place = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not place.is_dir():
        raise StoreError(f"{place} is not a folder, results cannot go to {folder}; choose another --out")
    if not os.access(place, os.W_OK | os.X_OK):
        raise StoreError(
            f"{place} cannot be written, results cannot go to {folder}; check its permissions, or choose another --out"
        )


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = inside(folder, MANIFEST)
    if not path.exists():
        return {"schema_version": SCHEMA_VERSION, "files": {}}
    manifest = read_json(path)
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(_is_entry(entry) for entry in files.values()):
        raise StoreError(f"{path} has no table of files; delete the folder {folder} and make it again")
    return manifest


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("sha256"), str)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with lock_file(folder / ".lock") as lock:
        system.lock(lock)
        yield


def publish(folder: Path, name: str, data: bytes) -> str:
    """Write `folder/name` and list its hash in the folder's manifest; returns the SHA-256."""
    digest, path = sha256_bytes(data), inside(folder, name)
    with _locked(folder):
        manifest = _read_manifest(folder)
        if manifest["files"].pop(name, None) is not None:
            write_bytes(folder / MANIFEST, json_bytes(manifest))
        write_bytes(path, data)
        manifest["files"][name] = {"sha256": digest, "bytes": len(data)}
        manifest["files"] = dict(sorted(manifest["files"].items()))
        write_bytes(folder / MANIFEST, json_bytes(manifest))
    return digest


def retract(folder: Path, name: str) -> None:
    """Take a file's entry out of the manifest, so that readers treat it as not there."""
    with _locked(folder):
        manifest = _read_manifest(folder)
        if manifest["files"].pop(name, None) is not None:
            write_bytes(folder / MANIFEST, json_bytes(manifest))


def listed(folder: Path, name: str) -> dict[str, Any] | None:
    """The manifest's entry {sha256, bytes} of a finished file, or None."""
    entry = _read_manifest(folder)["files"].get(name)
    return entry if isinstance(entry, dict) else None


def names(folder: Path) -> tuple[str, ...]:
    """The finished files that the folder's manifest lists."""
    return tuple(sorted(_read_manifest(folder)["files"]))


def verified(folder: Path, name: str) -> Path:
    """The path of a finished file whose content matches the manifest.

    Raises StoreError where it was never finished, is gone, or was changed since.
    """
    path, entry = inside(folder, name), listed(folder, name)
    if entry is None:
        raise StoreError(f"{path} was never finished (no entry in {folder / MANIFEST}); make it again")
    if not path.is_file():
        raise StoreError(f"{path} is missing, but {MANIFEST} lists it; restore it or delete {folder}")
    seen = sha256_file(path)
    if seen != entry["sha256"]:
        raise StoreError(
            f"{path} was changed: SHA-256 {seen[:12]}, {MANIFEST} says {entry['sha256'][:12]}; "
            f"restore it or delete {folder}"
        )
    return path


def is_finished(folder: Path, name: str) -> bool:
    """True where `name` is listed and matches, False where it was never finished.

    Raises StoreError where it is listed and missing or changed: that is damage, not unfinished work.
    """
    if listed(folder, name) is None:
        return False
    verified(folder, name)
    return True
