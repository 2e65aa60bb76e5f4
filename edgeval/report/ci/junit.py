"""The gate as JUnit XML: a suite for each model and stage, a case for each rule and class.

A regression is a failure; a rule that had nothing to judge is an error where the policy says so; warnings and, with
--record-only, regressions are skipped cases with their message, which every reader of JUnit shows and none fails on.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from edgeval.documents.compare import ComparisonDocument
from edgeval.report.ci.cases import FAIL, IGNORED, MISSING, PASS, WARN, GateCase, gate_cases
from edgeval.report.words.comparison import doubts

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def junit_xml(document: ComparisonDocument) -> bytes:
    """The XML of a comparison; equal documents give equal bytes, so there are no times in it."""
    record_only = document.get("record_only", False)
    suites = ElementTree.Element("testsuites", name="edgeval")
    cases = gate_cases(document)
    for judged in dict.fromkeys(case.judged for case in cases):
        members = [case for case in cases if case.judged == judged]
        suites.append(_suite(judged, members, document, record_only))
    if not any(case.status in (PASS, FAIL, WARN, MISSING) for case in cases):
        suites.append(_suite("gate", [_nothing(document)], document, record_only))
    for count in ("tests", "failures", "errors", "skipped"):
        suites.set(count, str(sum(int(suite.attrib[count]) for suite in suites)))
    ElementTree.indent(suites, " ")
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _nothing(document: ComparisonDocument) -> GateCase:
    """An empty JUnit file is an error to many readers, and so is a gate that judged nothing."""
    why = "; ".join(document["gate"].get("reasons", [])) or "nothing was judged"
    return GateCase(document["models"][0]["id"], "", "gate", None, MISSING, why)


def _suite(
    name: str, cases: list[GateCase], document: ComparisonDocument, record_only: bool
) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=_legal(name))
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _properties(document, record_only).items():
        ElementTree.SubElement(properties, "property", name=key, value=_legal(str(value)))
    for case in cases:
        suite.append(_testcase(case, record_only))
    suite.set("tests", str(len(cases)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _properties(document: ComparisonDocument, record_only: bool) -> dict[str, str]:
    return {
        "edgeval": document["edgeval"],
        "dataset": f"{document['dataset']['name']} {document['dataset']['sha256']}",
        "policy": f"{document['gate']['policy']['source']} {document['gate']['policy']['sha256']}",
        "record_only": str(record_only).lower(),
        **{f"suspicious {number}": text for number, text in enumerate(doubts(document), 1)},
    }


def _testcase(case: GateCase, record_only: bool) -> ElementTree.Element:
    made = ElementTree.Element(
        "testcase",
        classname=_legal(f"edgeval.{case.model}.{case.stage}".rstrip(".") + _anchored(case)),
        name=_legal(case.title),
    )
    if case.status == FAIL and not record_only:
        _outcome(made, "failure", "regression", case.message)
    elif case.status == MISSING:
        _outcome(made, "error", "missing", case.message)
    elif case.status in (FAIL, WARN, IGNORED):
        prefix = {FAIL: "regression, recorded only: ", WARN: "warning: "}.get(case.status, "")
        ElementTree.SubElement(made, "skipped", message=_legal(prefix + case.message))
    return made


def _anchored(case: GateCase) -> str:
    return ".anchor" if case.against == "anchor" else ""


def _outcome(made: ElementTree.Element, tag: str, kind: str, message: str) -> None:
    ElementTree.SubElement(made, tag, message=_legal(message), type=kind).text = _legal(message)


def _legal(text: str) -> str:
    return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
