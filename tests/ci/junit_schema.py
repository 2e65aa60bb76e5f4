"""JUnit XML as Jenkins, GitLab and GitHub's readers take it, checked element by element.

Reference: the schema that the Jenkins xUnit plug-in publishes (jenkins-junit.xsd), written down here as a table of the
elements we may use: attributes that must and may be there, and children.
"""

from __future__ import annotations

from xml.etree import ElementTree

COUNTS = ("tests", "failures", "errors", "skipped")
ELEMENTS: dict[str, tuple[set[str], set[str], set[str]]] = {  # tag -> required, optional attributes, children
    "testsuites": (set(), {"name", "time", *COUNTS}, {"testsuite"}),
    "testsuite": (
        {"name", "tests"},
        {"failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"classname", "time", "status", "assertions"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def checked(data: bytes) -> ElementTree.Element:
    """The root of a valid document; AssertionError where an element is not as the schema says."""
    root = ElementTree.fromstring(data)
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = ELEMENTS[element.tag]
        assert required <= set(element.attrib) <= required | optional, (element.tag, element.attrib)
        assert {child.tag for child in element} <= children, element.tag
    for suite in root:
        cases = suite.findall("testcase")
        names = [(case.get("classname"), case.get("name")) for case in cases]
        assert len(set(names)) == len(names), "a reader would merge cases of one name"
        assert suite.get("tests") == str(len(cases))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(count) == str(sum(case.find(tag) is not None for case in cases))
    for count in COUNTS:
        assert int(root.attrib[count]) == sum(int(suite.attrib[count]) for suite in root)
    return root
