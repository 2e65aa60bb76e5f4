"""`acknowledge`: a class whose losses are known only warns until a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import PathLike
from edgeval.errors import UsageError

if TYPE_CHECKING:
    from edgeval.gate.policy import Acknowledgement

FILE = Path("gate.toml")


@dataclass(frozen=True)
class Acknowledged:
    """What was written, and where."""

    file: Path
    content: Acknowledgement = field(repr=False)

    def __str__(self) -> str:
        one = self.content
        whose = "" if one.model is None else f" of {one.model}"
        return f"class '{one.name}'{whose} only warns until {one.until}: {one.reason} ({self.file})"


def acknowledge(
    name: str, *, reason: str, until: str | date, model: str | None = None, file: PathLike = FILE
) -> Acknowledged:
    """Write into gate.toml that the losses of the class `name` are known and only warn up to and with the day `until`.

    `model` limits it to one. An earlier acknowledgement of the class is renewed. Where there is no `file` it is made,
    with the rules of the default policy. Raises UsageError for a day that is past or no day, or an empty reason.
    """
    from edgeval import store
    from edgeval.gate.acknowledged import block, rules_text
    from edgeval.gate.policy import Acknowledgement, default_policy
    from edgeval.gate.policy_file import policy_from_text, read_policy

    path = Path(file)
    made = Acknowledgement(name, reason.strip(), _day(until), model)
    if path.is_file():
        read_policy(path)  # what is broken before is not this table's fault
        before = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n"
    else:
        before = rules_text(default_policy().rules)
    text = before + block(made)
    policy_from_text(text, path)
    store.write_text(path, text)
    return Acknowledged(path, made)


def _day(until: str | date) -> date:
    try:
        day = date.fromisoformat(until) if isinstance(until, str) else until
    except ValueError as error:
        raise UsageError(f"until is '{until}', expected a day such as 2027-01-31") from error
    if day < date.today():
        raise UsageError(f"until is {day}, which is past; name the last day on which the class may only warn")
    return day
