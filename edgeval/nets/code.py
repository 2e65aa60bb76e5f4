"""Code outside edgeval that builds networks, as it is named and stored."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Code:
    """A function build(size, classes, input_shape) of a user's file or of an installed package.

    `name` begins its model ids; `build` is FILE.py:function, or module:function of a package; `sha256` is of the file
    and of the modules beside it that it imports (of the whole package), `package` the distribution and its version.
    `file` is where a user's file lies now; it may move.
    """

    name: str
    build: str
    sha256: str
    package: str | None = None
    file: str | None = field(default=None, compare=False)

    def record(self) -> dict[str, str]:
        """What belongs to the identity of a run, as it is stored."""
        stored = {"name": self.name, "build": self.build, "sha256": self.sha256}
        return stored | ({"package": self.package} if self.package else {})
