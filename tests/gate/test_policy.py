"""gate.toml. References: docs/GATE.md's own example, and a round trip of generated policies."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from edgeval.errors import UsageError
from edgeval.gate.policy import DIFFERENCE, METRICS, NONE, ClassRule, Policy, Rule, default_policy
from edgeval.gate.policy_file import (
    RULE_KEYS,
    find_policy,
    policy_document,
    policy_from_document,
    policy_from_table,
    read_policy,
    toml_key,
)

KEYS = (
    "level",
    "yardstick",
    "horizon",
    "rules",
    "accuracy",
    "class_accuracy",
    "gini",
    "metric",
    "allowance",
    "classes",
    "test",
)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "GATE.md"


def written(folder: Path, text: str) -> Path:
    path = folder / "gate.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_of_the_page_is_the_default_policy_with_more(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    policy = read_policy(written(tmp_path, example))
    rules = {rule.id: rule for rule in policy.rules}
    default = default_policy()
    assert policy.level == default.level
    for rule in default.rules:
        assert rules[rule.id].allowance == rule.allowance
    assert rules["class_accuracy"].classes == {"cat": ClassRule(allowance=2.0)}
    assert (rules["bottom5_accuracy"].severity, rules["ram"].metric, rules["ram"].limit) == (
        "warn", "peak_ram_bytes", 131072,
    )  # fmt: skip
    assert (rules["latency_ms"].allowance_percent, rules["latency_ms"].test) == (3, NONE)


def test_the_page_names_every_metric_and_key() -> None:
    text = PAGE.read_text()
    for name in (
        *METRICS,
        "allowance",
        "allowance_percent",
        "limit",
        "direction",
        "test",
        "severity",
        "missing",
    ):
        assert f"`{name}`" in text, name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("levle = 0.05", "unknown key 'levle' in gate.toml; did you mean 'level'"),
        (
            "[rules.accuracy]\nallowence = 1",
            "unknown key 'allowence' in gate.toml, rule 'accuracy'; did you mean",
        ),
        ("[rules.acuracy]\nallowance = 1", "unknown metric 'acuracy'.*did you mean 'accuracy'"),
        (
            "[rules.accuracy]\nallowance = 1\nseverity = 'warm'",
            "unknown severity 'warm'.*did you mean 'warn'",
        ),
        ("[rules.accuracy]\nallowance = 1\nmissing = 'no'", "unknown missing 'no'"),
        ("[rules.accuracy]\nallowance = -1", "allowance is -1, expected at least 0"),
        ("[rules.accuracy]\nallowance = '1'", "allowance is '1', expected a number"),
        ("[rules.accuracy]\nallowance = true", "allowance is True, expected a number"),
        ("[rules.accuracy]\nallowance = nan", "allowance is nan, expected a number"),
        ("[rules.accuracy]\nseverity = 'fail'", "sets nothing; give it an allowance"),
        ("[rules.accuracy]\nlimit = 70", "judged by its change; give it an allowance"),
        ("[rules.jaccard]\nallowance = 0.1", "itself a comparison with the baseline; give it a limit"),
        ("[rules.gini]\nallowance = 0.1\ndirection = 'drop'", "a regression of gini is a rise"),
        ("[rules.gini]\nallowance = 0.1\ntest = 'non-inferiority'", "unknown test 'non-inferiority'"),
        ("[rules.accuracy]\nallowance = 0\ntest = 'non-inferiority'", "needs allowances above 0"),
        (
            "[rules.accuracy]\nallowance = 1\n[rules.accuracy.classes.cat]\nallowance = 2",
            "only a rule about class",
        ),
        (
            "[rules.class_accuracy]\nallowance = 1\n[rules.class_accuracy.classes.cat]\nlimit = 2",
            "unknown key 'limit'",
        ),
        ("rules = 3", "rules is 3, expected tables"),
        ("[rules]\naccuracy = 1", "rule 'accuracy' is 1, expected a table"),
        ("[rules.class_accuracy]\nallowance = 1\nclasses = 3", "classes is 3, expected a table"),
        ("level = 0", "level is 0.0, expected a fraction"),
        ("yardstick = 'metre'", "unknown yardstick 'metre'"),
        ("horizon = 0", "horizon is 0, expected a number of comparisons"),
        ("horizon = 2.5", "horizon is 2.5"),
        ("[rules.accuracy]\nallowance = 1\nfails_on = 'all'", "unknown fails_on 'all'"),
        ("[rules.ram]\nmetric = 'peak_ram_bytes'\nlimit = 1\nfails_on = 'some'", "fails_on is for rules"),
        ("level =", "not valid TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_says_what_can(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        read_policy(written(tmp_path, text))


def test_the_current_folders_file_replaces_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_policy() == default_policy()
    written(tmp_path, "[rules.accuracy]\nallowance = 3")
    assert [rule.allowance for rule in find_policy().rules] == [3.0]
    with pytest.raises(UsageError, match="cannot read missing"):
        find_policy(Path("missing.toml"))


amounts = st.floats(0.001, 1000, allow_nan=False)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_no_table_ends_in_another_error_than_ours(table: dict[str, Any]) -> None:
    try:
        policy_from_table(table, "gate.toml")
    except UsageError as error:
        assert "gate.toml" in str(error)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)
severities = st.sampled_from(["fail", "warn"])


@st.composite
def rules(draw: st.DrawFn, id: str) -> Rule:
    metric = draw(st.sampled_from(sorted(METRICS)))
    kind = METRICS[metric]
    own = st.builds(ClassRule, st.none() | amounts, st.none() | severities)
    test = draw(st.sampled_from(kind.tests))
    return Rule(
        id,
        metric,
        allowance=draw(amounts) if kind.relative else None,
        limit=draw(amounts) if not kind.relative or (kind.bounded and draw(st.booleans())) else None,
        direction=kind.direction,
        test=test,
        fails_on=draw(st.sampled_from(["beyond", "some"]))
        if kind.relative and test == DIFFERENCE
        else "beyond",
        severity=draw(severities),
        missing=draw(st.sampled_from(["fail", "warn", "ignore"])),
        classes=draw(st.dictionaries(names, own, max_size=3)) if kind.scope == "class" else {},
    )


policies = st.lists(names, unique=True, max_size=4).flatmap(
    lambda ids: st.tuples(*(rules(id) for id in ids)).map(
        lambda made: Policy(tuple(made), 0.05, "images", 52, "gate.toml")
    )
)


def policy_toml(policy: Policy) -> str:
    """The policy as a gate.toml."""
    lines = [f"level = {policy.level:g}", f'yardstick = "{policy.yardstick}"', f"horizon = {policy.horizon}"]
    for rule in policy.rules:
        document = rule.document(None)
        lines += ["", f"[rules.{toml_key(rule.id)}]"]
        lines += [
            f"{key} = {json.dumps(document[key])}" for key in RULE_KEYS[:-1] if document[key] is not None
        ]
        for name, own in rule.classes.items():
            lines += ["", f"[rules.{toml_key(rule.id)}.classes.{toml_key(name)}]"]
            lines += [
                f"{key} = {json.dumps(value)}" for key, value in asdict(own).items() if value is not None
            ]
    return "\n".join(lines) + "\n"


def _read(text: str) -> Policy:
    with tempfile.TemporaryDirectory() as folder:
        return read_policy(written(Path(folder), text))


@given(policies)
def test_a_policy_reads_back_equal(policy: Policy) -> None:
    """From TOML and from the document of a report; equal policies have equal hashes."""
    again = _read(policy_toml(policy))
    assert again == policy
    assert policy_from_document(policy_document(policy)) == policy
    assert again.sha256 == policy.sha256


def test_the_hash_follows_the_rules_and_nothing_else() -> None:
    policy = default_policy()
    assert policy.with_allowances(5.0, 1.0).sha256 == policy.sha256
    assert policy.with_allowances(6.0, None).sha256 != policy.sha256


def test_levels_add_up_for_any_policy() -> None:
    more = (
        Rule("gini", "gini", 0.1),
        Rule("jaccard", "jaccard", limit=0.5),
        Rule("w", "ece", 0.1, severity="warn"),
    )
    policy = Policy((*default_policy().rules, *more))
    levels = [policy.level_of(rule, 3) for rule in policy.rules]
    assert sum(3 * level for level in levels[:4] if level) == pytest.approx(policy.level)
    assert levels[4] == policy.level  # it only warns
