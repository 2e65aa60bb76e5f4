"""A short bad line, see line.py. Reference: the outputs of a good one, and the engine's build for this PC."""

from __future__ import annotations

import pytest

from tests.reliability.line import SHARE, campaign


@pytest.mark.parametrize(("kind", "requests"), [("fake", 5_000), ("pty", 500), ("unicorn", 300)])
def test_no_answer_is_wrong(kind: str, requests: int) -> None:
    entry = campaign(kind, requests, seconds=600, seed=1)
    assert entry.failed == 0
    details = entry.details
    assert entry.n >= requests and details["inferences"] > requests / 4
    assert min(details["lost"], details["damaged"], details["doubled"]) > 0
    assert details["sent again"] >= details["lost"] + details["damaged"] > SHARE * requests
    assert requests < 1_000 or details["model loaded again"] > 0
