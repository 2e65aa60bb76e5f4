"""Caches in front of the flash, with least-recently-used replacement."""

from __future__ import annotations

from edgeval.targets import Cache


class LruCache:
    """Counts the line fills of a sequence of reads.

    With `prefetch` a fill of the line right behind the last one is not counted: it is fetched ahead.
    """

    def __init__(self, shape: Cache, prefetch: bool) -> None:
        self.fills = 0
        self.shift = shape.line_bytes.bit_length() - 1
        self._prefetch = prefetch
        self._ways = shape.ways
        self._sets: list[list[int]] = [[] for _ in range(shape.bytes // shape.line_bytes // shape.ways)]
        self._last = -1

    def read(self, line: int) -> None:
        """Read from a line, given as address >> shift."""
        if line == self._last:
            return
        sequential = line == self._last + 1
        self._last = line
        ways = self._sets[line % len(self._sets)]
        if line in ways:
            ways.remove(line)
        else:
            self.fills += not (sequential and self._prefetch)
            if len(ways) == self._ways:
                ways.pop(0)
        ways.append(line)
