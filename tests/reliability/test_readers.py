"""Damaged files of every kind that somebody else may have made (readers.py): a result or one EdgevalError.
Reference: the good file is taken, and nothing but these two ends may happen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.reliability.readers import READERS, try_reader, with_another_value

EXAMPLES = 60
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
JSON = ("baseline", "evidence")


@pytest.mark.parametrize("kind", READERS)
def test_the_good_file_is_taken(kind: str, tmp_path: Path) -> None:
    assert try_reader(kind, READERS[kind].seed(), tmp_path)


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=CHECKS, derandomize=True)
@given(data=st.data())
def test_damage_is_a_result_or_one_line(kind: str, tmp_path: Path, data: st.DataObject) -> None:
    """Bytes replaced, cut out or put in, at up to four places."""
    content = READERS[kind].seed()
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        at = data.draw(st.integers(0, max(0, len(content) - 1)), label="at")
        end = data.draw(st.sampled_from((at, at + 1, at + 2, at + 4, len(content))), label="end")
        content = content[:at] + data.draw(st.binary(max_size=8), label="new") + content[end:]
    try_reader(kind, content, tmp_path)


@pytest.mark.parametrize("kind", JSON)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=CHECKS, derandomize=True)
@given(data=st.data())
def test_another_value_in_a_document_is_a_result_or_one_line(
    kind: str, tmp_path: Path, data: st.DataObject
) -> None:
    content = with_another_value(READERS[kind].seed(), lambda count: data.draw(st.integers(0, count - 1)))
    assert json.loads(content)
    try_reader(kind, content, tmp_path)
