"""Read files that somebody else made: never a pipe or device, never more than a limit, whatever they say."""

from __future__ import annotations

import errno
import io
import os
import stat
import zipfile
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from edgeval import system

LARGEST_FILE_BYTES = 1 << 30  # of a model, a table, a document, an image
LARGEST_DATA_BYTES = 4 << 30  # of a data set in memory, and so of an npz once it is unpacked
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_input(path: Path) -> BinaryIO:
    """A file open for reading.

    Raises OSError, whose strerror says what it is, where the path is no regular file: opening a pipe would wait for a
    writer, and reading a device need not end.
    """
    descriptor = os.open(path, system.READ_ONLY)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    kind = next((name for is_kind, name in KINDS if is_kind(mode)), "no file")
    raise OSError(errno.EINVAL, f"it is {kind}, expected a file", str(path))


def read_input(path: Path, largest_bytes: int = LARGEST_FILE_BYTES) -> bytes:
    """The bytes of a file; OSError as `open_input`, and where it has more than `largest_bytes`."""
    with open_input(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest_bytes:
            raise OSError(
                errno.EFBIG, f"it has {size:,} bytes, at most {largest_bytes:,} are read", str(path)
            )
        return file.read(largest_bytes)


def read_arrays(source: Path | bytes, largest_bytes: int = LARGEST_DATA_BYTES) -> dict[str, np.ndarray]:
    """The arrays of an npz file, all of them plain (no Python objects).

    Sizes are checked before anything is unpacked: a small file may unpack to any size. Raises OSError as `open_input`,
    ValueError with the reason where the file is no whole npz, names an array twice or unpacks to more than
    `largest_bytes`.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else open_input(source) as file:
        try:
            return _arrays(file, largest_bytes)
        except MemoryError as error:
            raise ValueError("there is not enough memory for its arrays") from error
        except (
            Exception
        ) as error:  # zipfile, zlib and numpy raise many kinds for a damaged file; all mean that
            raise ValueError(str(error).split("\n")[0] or type(error).__name__) from error


def texts_of(array: np.ndarray) -> tuple[str, ...]:
    """The values of a one-dimensional array of texts or integers as text; ValueError where it has another form, or
    numbers that are no characters."""
    if array.ndim != 1 or array.dtype.kind not in "Uiu":
        raise ValueError(f"{array.dtype} {array.shape}, expected one text or integer each")
    try:
        return tuple(str(value) for value in array.tolist())
    except (ValueError, SystemError) as error:  # which of them depends on numpy
        raise ValueError("what is no text") from error


def _arrays(file: BinaryIO, largest_bytes: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > largest_bytes:
            raise ValueError(f"it unpacks to {unpacked:,} bytes, at most {largest_bytes:,} are read")
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"it has the array {name} twice")
            with archive.open(member) as content:
                _check_size(content, member.file_size)
            with archive.open(member) as content:
                arrays[name] = np.lib.format.read_array(content, allow_pickle=False)
    return arrays


def _check_size(content: IO[bytes], stored_bytes: int) -> None:
    """ValueError where an array claims more bytes than its file has: numpy allocates what it claims."""
    version = np.lib.format.read_magic(content)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(
        version
    )
    if read is None:
        raise ValueError(f"it has an array of format {version[0]}.{version[1]}, expected 1.0 or 2.0")
    shape, _, dtype = read(content)
    if dtype.hasobject:
        raise ValueError("it has an array of Python objects, expected numbers or text")
    claimed = dtype.itemsize
    for size in shape:
        claimed *= size
    if claimed > stored_bytes:
        raise ValueError(f"it has an array of {claimed:,} bytes in a file of {stored_bytes:,}")
