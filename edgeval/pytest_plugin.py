"""`pytest --edgeval`: one test for each rule of the gate and each class (docs/PYTEST.md).

pytest loads this in every session of an environment that has edgeval, so nothing of edgeval is imported until a test
asks for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from edgeval.api.comparison import Comparison
    from edgeval.report.ci.cases import GateCase

MARK, CASE = "edgeval", "edgeval_case"
NOT_ASKED = "needs --edgeval, for it runs the model"
Arguments = Mapping[str, Any]


class EdgevalWarning(UserWarning):
    """A rule of the gate that warns."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("edgeval")
    group.addoption("--edgeval", action="store_true", help="run the tests that compare models with edgeval")
    group.addoption(
        "--edgeval-update",
        action="store_true",
        help="accept what the models do now as their tests' baselines, instead of judging it",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "edgeval(**arguments): arguments of edgeval.compare; with the fixture edgeval_case the test runs once for each "
        "rule and class",
    )
    config.stash[COMPARED] = {}
    config.stash[ACCEPTED] = []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each rule, and for each class of a rule of classes."""
    if CASE not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker(MARK)
    if marker is None or marker.args:
        _fail(
            f"{metafunc.definition.nodeid} has no @pytest.mark.edgeval(predictions=..., ...) with named arguments"
        )
    if not _asked(metafunc.config):
        metafunc.parametrize(CASE, [pytest.param(None, marks=pytest.mark.skip(reason=NOT_ASKED), id="gate")])
        return
    names: list[tuple[str, str | None]] = []
    for rule, classes in _expected(marker.kwargs):
        names += [(rule, name) for name in classes] or [(rule, None)]
    ids = [rule if name is None else f"{rule}-{name}" for rule, name in names]
    metafunc.parametrize(CASE, names, indirect=True, ids=ids)


@dataclass(frozen=True)
class Case:
    """One rule of the gate, or one class of it; `check()` fails the test where it fails."""

    rule: str
    name: str | None
    result: Comparison | None  # None where a baseline was accepted

    @property
    def found(self) -> list[GateCase]:
        """What the gate says of it, an entry for each model and stage that was judged."""
        from edgeval.report.ci.cases import gate_cases

        if self.result is None:
            return []
        cases = gate_cases(self.result.document)
        return [case for case in cases if (case.rule, case.name) == (self.rule, self.name) or
                (case.rule == self.rule and case.name is None)]  # fmt: skip

    def check(self) -> None:
        """Fail for a regression and for what could not be judged; warn where the rule warns."""
        if self.result is not None:
            _judge(self.result, self.found)


@pytest.fixture
def edgeval_case(request: pytest.FixtureRequest) -> Case:
    """One rule or class of the comparison that the test's marker asks for."""
    rule, name = request.param
    marker = request.node.get_closest_marker(MARK)
    return Case(rule, name, _compared(request.config, marker.kwargs))


@pytest.fixture
def edgeval_check(request: pytest.FixtureRequest) -> Callable[..., None]:
    """A function of `edgeval.compare`'s arguments that fails the test where the gate fails, all rules at once."""
    if not _asked(request.config):
        pytest.skip(NOT_ASKED)

    def check(**arguments: Any) -> None:
        from edgeval.report.ci.cases import gate_cases

        result = _compared(request.config, arguments)
        if result is not None:
            _judge(result, gate_cases(result.document))

    return check


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for text in config.stash.get(ACCEPTED, []):
        terminalreporter.write_line(f"edgeval: {text}")


COMPARED: pytest.StashKey[dict[str, Comparison | None]] = pytest.StashKey()
ACCEPTED: pytest.StashKey[list[str]] = pytest.StashKey()


def _asked(config: pytest.Config) -> bool:
    return bool(config.getoption("--edgeval") or config.getoption("--edgeval-update"))


def _fail(text: str) -> NoReturn:
    pytest.fail(text, pytrace=False)


def _expected(arguments: Arguments) -> Iterator[tuple[str, list[str]]]:
    """The rules, each with the classes that it has a test for."""
    from edgeval.errors import EdgevalError
    from edgeval.gate.policy_file import find_policy

    try:
        policy = arguments.get("policy")
        rules = find_policy(None if policy is None else Path(policy)).rules
        classes = _classes(arguments)
    except EdgevalError as error:
        _fail(f"edgeval: {error}")
    for rule in rules:
        yield rule.id, classes if rule.kind.scope == "class" else []


def _classes(arguments: Arguments) -> list[str]:
    """The names of the classes before anything runs; none for a grid, whose rules get one test each."""
    if "predictions" in arguments:
        from edgeval.imports.folder import read_testset

        return list(read_testset(Path(arguments["predictions"]))["classes"])
    if "dataset" not in arguments:
        return []
    from edgeval.data import load_dataset

    folder = arguments.get("data_dir")
    return list(load_dataset(arguments["dataset"], None if folder is None else Path(folder)).classes)


def _compared(config: pytest.Config, arguments: Arguments) -> Comparison | None:
    """The comparison of these arguments, made once in a session; None where it became the baseline."""
    from edgeval.errors import EdgevalError

    made = config.stash[COMPARED]
    key = repr(sorted((name, str(value)) for name, value in arguments.items()))
    if key not in made:
        try:
            made[key] = _made(config, arguments)
        except TypeError as error:
            _fail(f"edgeval.compare: {error}")
        except EdgevalError as error:
            _fail(f"edgeval: {error}{_advice(arguments)}")
    return made[key]


def _made(config: pytest.Config, arguments: Arguments) -> Comparison | None:
    if not config.getoption("--edgeval-update"):
        return _compare(arguments)
    _accept(config, arguments)
    return None


def _compare(arguments: Arguments) -> Comparison:
    import edgeval

    result = edgeval.compare(**arguments)
    result.save()
    return result


def _accept(config: pytest.Config, arguments: Arguments) -> None:
    import edgeval
    from edgeval.errors import UsageError

    file = arguments.get("baseline")
    if file is None:
        raise UsageError(
            "--edgeval-update accepts a baseline, and this test names none; give it baseline=FILE"
        )
    result = _compare({name: value for name, value in arguments.items() if name != "baseline"})
    accepted = edgeval.accept_baseline(result.folder, file)
    config.stash[ACCEPTED].append(f"accepted {accepted.file}, {accepted.content.sha256[:12]}: commit it")


def _advice(arguments: Arguments) -> str:
    file = arguments.get("baseline")
    missing = file is not None and not Path(file).is_file()
    return "; pytest --edgeval-update accepts what the model does now as the baseline" if missing else ""


def _judge(result: Comparison, cases: list[GateCase]) -> None:
    page = f"\nreport: {result.folder / 'report.html'}"
    reasons = list(result.document["gate"].get("reasons", []))
    judged = [case for case in cases if case.status != "ignored"]
    if not judged:
        if cases:
            pytest.skip("no samples of this class")
        _fail(f"not judged: {'; '.join(reasons) or 'no rule had anything to judge'}{page}")
    broken = [case for case in judged if case.status in ("fail", "missing")]
    if broken and not (result.settings.record_only and all(case.status == "fail" for case in broken)):
        _fail("\n".join(f"{case.judged}: {case.title}: {case.message}" for case in broken) + page)
    for case in judged:
        if case.status != "pass":
            warnings.warn(EdgevalWarning(f"{case.judged}: {case.title}: {case.message}"), stacklevel=2)
