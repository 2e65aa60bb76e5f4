"""Which preprocessing made a figure: it stands in the documents, and `verify` checks it.

References: what was asked for, and the file's own input quantization.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgeval import store
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.evidence.evidence import read_evidence, write_evidence
from edgeval.evidence.settings import Settings, settings_from_json
from edgeval.evidence.verify import verify
from edgeval.records import Preprocessing
from edgeval.report.markdown.comparison import comparison_markdown
from edgeval.report.words.preprocessing import preprocessing_words
from tests.evaluation.tiny_classifier import classifier
from tests.planted import predictions, world

ASKED, PIXEL = Preprocessing(0.5, 0.25), Preprocessing()


def report(folder: Path, made_with: Preprocessing | None, asked: Preprocessing | None) -> Path:
    """A report of one int8 file whose predictions say `made_with`."""
    where = world(classes=3, samples=60)
    model = folder / "model.tflite"
    model.write_bytes(classifier(1))
    digest = store.sha256_file(model)
    seen = predictions(where, "int8", np.eye(3)[where.labels] * 4)
    seen = replace(seen, provenance=replace(seen.provenance, model_sha256=digest, preprocessing=made_with))
    cases = [ModelCase("own", "own", {0: {"int8": seen}})]
    settings = Settings(preprocessing=asked)
    document = compare(cases)
    store.publish(folder / "report", "compare.json", store.json_bytes(document))
    write_evidence(folder / "report", cases, settings, document, {digest: model})
    return folder / "report"


@pytest.mark.parametrize(
    ("made_with", "asked"), [(PIXEL, None), (ASKED, ASKED), (PIXEL, PIXEL), (None, None)]
)
def test_what_fits_is_verified(
    made_with: Preprocessing | None, asked: Preprocessing | None, tmp_path: Path
) -> None:
    found = verify(report(tmp_path, made_with, asked))
    assert found.verified, found.problems
    evidence = read_evidence(tmp_path / "report")
    assert evidence.settings.preprocessing == asked
    assert evidence.cases[0].seeds[0]["int8"].provenance.preprocessing == made_with


def test_other_preprocessing_than_was_asked_for_is_found(tmp_path: Path) -> None:
    (problem,) = verify(report(tmp_path, PIXEL, ASKED)).problems
    assert problem.message == (
        "own seed 0 int8 was made with pixel / 255 as preprocessing, asked for was (pixel / 255 - 0.5) / 0.25"
    )


def test_preprocessing_that_nobody_asked_for_and_the_model_does_not_take_is_found(tmp_path: Path) -> None:
    (problem,) = verify(report(tmp_path, ASKED, None)).problems
    assert "which is not what its model takes" in problem.message


def test_settings_of_an_older_evidence_asked_for_nothing() -> None:
    row = Settings(preprocessing=ASKED).document()
    assert settings_from_json(row).preprocessing == ASKED
    del row["preprocessing"]
    assert settings_from_json(row).preprocessing is None


def test_the_documents_say_it() -> None:
    where = world(classes=3, samples=60)
    seen = predictions(where, "int8", np.eye(3)[where.labels] * 4)
    other = replace(seen, provenance=replace(seen.provenance, preprocessing=ASKED))
    imported = replace(seen, provenance=replace(seen.provenance, preprocessing=None))
    one = compare([ModelCase("a", "a", {0: {"int8": other}})])
    assert one["models"][0]["provenance"][0]["preprocessing"] == {"mean": 0.5, "std": 0.25}
    assert preprocessing_words(one) == "(pixel / 255 - 0.5) / 0.25"
    assert "input (pixel / 255 - 0.5) / 0.25" in comparison_markdown(one)
    cases = [
        ModelCase(name, name, {0: {"int8": of}}) for name, of in (("a", seen), ("b", other), ("c", imported))
    ]
    assert preprocessing_words(compare(cases)) == (
        "pixel / 255: a; (pixel / 255 - 0.5) / 0.25: b; not known (imported): c"
    )
