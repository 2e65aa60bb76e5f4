"""The tables of docs/GATE.md on a year of builds against the simulation, with fewer runs, and what they must show."""

from __future__ import annotations

import numpy as np
import pytest

from tests.studies import year_study as study
from tests.studies.gate_page import documented

TOLERANCE = 22.0  # points; 3 standard errors of 60 years at 50 % are 19.4


@pytest.mark.slow
def test_page_has_the_alarms_of_a_year() -> None:
    page, seen = documented("flips that recur"), study.year_table(study.QUICK_RUNS)
    assert page.keys() == seen.keys()
    for row, values in seen.items():
        assert page[row] == pytest.approx(values, abs=TOLERANCE), row
        assert page[row][2] == values[2] == 0.0, row  # no failure
    assert page["50%", "250"][3] > 95  # why e-values are not used


@pytest.mark.slow
def test_page_has_what_a_fixed_baseline_catches() -> None:
    page, seen = documented("baseline"), study.sinking_table(study.QUICK_RUNS)
    assert page.keys() == seen.keys()
    for row, values in seen.items():
        both = np.array([page[row], values], float)
        both = both[:, ~np.isnan(both).any(axis=0)]  # nan: none was caught, there or here
        assert both[0] == pytest.approx(both[1], abs=TOLERANCE), row
    assert page["fixed", "fails"][0] > 95
    assert page["moving", "fails"][0] < 5
