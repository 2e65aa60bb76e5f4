"""gate.toml: reading a policy that a person wrote (docs/GATE.md has an example)."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError, unknown
from edgeval.gate import policy as terms
from edgeval.gate.policy import Acknowledgement, ClassRule, Policy, Rule, default_policy
from edgeval.tomlfile import read_toml

GATE_TOML = Path("gate.toml")
KEYS = ("level", "yardstick", "horizon", "anchor", "history", "acknowledged", "rules")
RULE_KEYS = (
    "metric", "direction", "test", "fails_on", "allowance", "allowance_percent", "limit", "severity", "missing",
    "classes",
)  # fmt: skip
CLASS_KEYS = ("allowance", "severity")
ACKNOWLEDGED_KEYS = ("class", "model", "reason", "until")
BRANCH = "branch:"  # a history in a git branch
WORDS = {
    "severity": terms.SEVERITIES,
    "missing": terms.MISSING,
    "direction": ("drop", "rise"),
    "fails_on": terms.FAILS_ON,
}


def find_policy(path: Path | None = None) -> Policy:
    """The policy of a file, else of gate.toml in the current folder, else the default one."""
    if path is not None:
        return read_policy(path)
    return read_policy(GATE_TOML) if GATE_TOML.is_file() else default_policy()


def read_policy(path: Path) -> Policy:
    """The policy of a gate.toml; UsageError for an unknown key or a value of the wrong kind, with what fits.

    The files that it names are sought from its folder.
    """
    return _policy(read_toml(path), path)


def policy_from_text(text: str, path: Path) -> Policy:
    """The policy of a text that `path` holds, or shall hold."""
    try:
        return _policy(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} would not be valid TOML: {error}") from error


def _policy(table: dict[str, Any], path: Path) -> Policy:
    places = {key: _place(table.get(key), f"{path.name}: {key}") for key in ("anchor", "history")}
    anchor, history = places["anchor"], places["history"]
    if history is not None and not history.startswith(BRANCH):
        history = str(path.parent / history)
    policy = policy_from_table(table, path.name)
    return replace(policy, anchor=None if anchor is None else path.parent / anchor, history=history)


def _place(value: Any, where: str) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise UsageError(f"{where} is {value!r}, expected the name of a file in quotes")
    return value


def policy_from_table(table: dict[str, Any], source: str) -> Policy:
    """A policy from the table of a gate.toml."""
    _refuse_unknown("key", table, KEYS, source)
    rules = table.get("rules", {})
    if not isinstance(rules, dict):
        raise UsageError(f"{source}: rules is {rules!r}, expected tables such as [rules.class_accuracy]")
    level = _number(table.get("level", 0.05), f"{source}: level")
    if not 0 < level <= 0.5:
        raise UsageError(
            f"{source}: level is {level}, expected a fraction above 0 and up to 0.5, usually 0.05"
        )
    yardstick = _word(table.get("yardstick", "auto"), terms.YARDSTICKS, "yardstick", source)
    horizon = table.get("horizon", terms.HORIZON)
    if type(horizon) is not int or horizon < 1:
        raise UsageError(
            f"{source}: horizon is {horizon!r}, expected a number of comparisons, for instance 250 a year"
        )
    made = tuple(_rule(id, rule, source) for id, rule in rules.items())
    return Policy(
        made, level, yardstick, horizon, source, _acknowledged(table.get("acknowledged", []), source)
    )


def _acknowledged(rows: Any, source: str) -> tuple[Acknowledgement, ...]:
    """Each class of each model once: a later entry renews an earlier one."""
    if not isinstance(rows, list):
        raise UsageError(f"{source}: acknowledged is {rows!r}, expected tables [[acknowledged]]")
    made = [_acknowledgement(row, f"{source}, acknowledged {number}") for number, row in enumerate(rows, 1)]
    return tuple({(one.name, one.model): one for one in made}.values())


def _acknowledgement(row: Any, where: str) -> Acknowledgement:
    _refuse_unknown("key", row, ACKNOWLEDGED_KEYS, where)
    texts = {key: row.get(key) for key in ("class", "reason")}
    for key, value in texts.items():
        if not (isinstance(value, str) and value.strip()):
            raise UsageError(f"{where}: {key} is {value!r}, expected a text in quotes")
    until, model = row.get("until"), row.get("model")
    if isinstance(until, datetime) or not isinstance(until, date):
        raise UsageError(f"{where}: until is {until!r}, expected a date such as 2027-01-31, without quotes")
    if model is not None and not isinstance(model, str):
        raise UsageError(f"{where}: model is {model!r}, expected a model's name in quotes")
    return Acknowledgement(str(texts["class"]), str(texts["reason"]), until, model)


def _refuse_unknown(kind: str, table: Any, known: Iterable[str], where: str) -> None:
    if not isinstance(table, dict):
        raise UsageError(f"{where} is {table!r}, expected a table")
    for key in table:
        if key not in known:
            raise unknown(kind, key, known, where)


def _rule(id: str, table: Any, source: str) -> Rule:
    where = f"{source}, rule '{id}'"
    _refuse_unknown("key", table, RULE_KEYS, where)
    metric = _word(table.get("metric", id), terms.METRICS, "metric", where)
    kind = terms.METRICS[metric]
    numbers = {
        key: _amount(table[key], f"{where}: {key}")
        for key in ("allowance", "allowance_percent", "limit")
        if key in table
    }
    words = {key: _word(table[key], allowed, key, where) for key, allowed in WORDS.items() if key in table}
    given: dict[str, Any] = {"direction": kind.direction, **numbers, **words}
    rule = Rule(
        id=id,
        metric=metric,
        test=_word(table.get("test", kind.tests[0]), kind.tests, "test", where),
        classes=_class_rules(table.get("classes", {}), where),
        **given,
    )
    _check_sense(rule, where)
    return rule


def _check_sense(rule: Rule, where: str) -> None:
    """Refuses what could be written down but not judged."""
    relative = rule.allowance is not None or rule.allowance_percent is not None
    if not relative and rule.limit is None:
        needed = "a limit" if not rule.kind.relative else "an allowance"
        raise UsageError(f"{where} sets nothing; give it {needed}")
    if relative and not rule.kind.relative:
        raise UsageError(f"{where}: {rule.metric} is itself a comparison with the baseline; give it a limit")
    if rule.limit is not None and not rule.kind.bounded:
        raise UsageError(f"{where}: {rule.metric} is judged by its change; give it an allowance, no limit")
    if rule.direction != rule.kind.direction and rule.metric not in terms.DEVICE_METRICS:
        raise UsageError(
            f"{where}: a regression of {rule.metric} is a {rule.kind.direction}, not a {rule.direction}"
        )
    if rule.fails_on != terms.BEYOND and (rule.test != terms.DIFFERENCE or not rule.kind.relative):
        raise UsageError(f"{where}: fails_on is for rules that test a change against an allowance")
    if rule.test == terms.NON_INFERIORITY and not _margins(rule):
        raise UsageError(f"{where}: non-inferiority needs allowances above 0: how much worse would matter?")
    if rule.classes and rule.kind.scope != "class":
        raise UsageError(f"{where}: only a rule about class_accuracy has classes of its own")


def _margins(rule: Rule) -> bool:
    own = [one.allowance for one in rule.classes.values() if one.allowance is not None]
    return (rule.allowance or 0) > 0 and all(margin > 0 for margin in own) and rule.allowance_percent is None


def _class_rules(table: Any, where: str) -> dict[str, ClassRule]:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: classes is {table!r}, expected a table")
    return {name: _class_rule(name, own, where) for name, own in table.items()}


def _class_rule(name: str, table: Any, where: str) -> ClassRule:
    where = f"{where}, class '{name}'"
    _refuse_unknown("key", table, CLASS_KEYS, where)
    severity = table.get("severity")
    return ClassRule(
        _amount(table["allowance"], f"{where}: allowance") if "allowance" in table else None,
        None if severity is None else _word(severity, terms.SEVERITIES, "severity", where),
    )


def _word(seen: Any, allowed: Iterable[str], kind: str, where: str) -> str:
    if seen not in list(allowed):
        raise unknown(kind, seen, allowed, where)
    return str(seen)


def _number(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise UsageError(f"{where} is {value!r}, expected a number")
    return float(value)


def _amount(value: Any, where: str) -> float:
    number = _number(value, where)
    if number < 0:
        raise UsageError(f"{where} is {value}, expected at least 0")
    return number


def policy_document(policy: Policy) -> dict[str, Any]:
    """The policy as JSON, with everything that `policy_from_document` needs."""
    return {
        "source": policy.source,
        "level": policy.level,
        "yardstick": policy.yardstick,
        "horizon": policy.horizon,
        "acknowledged": [one.document() for one in policy.acknowledged],
        "rules": [rule.document(None) for rule in policy.rules],
    }


def policy_from_document(document: dict[str, Any]) -> Policy:
    """The policy of `policy_document`, equal to the one it was made from."""
    rules = tuple(
        Rule(
            **{key: rule[key] for key in ("id", *RULE_KEYS[:-1])},
            classes={name: ClassRule(**own) for name, own in rule["classes"].items()},
        )
        for rule in document["rules"]
    )
    acknowledged = tuple(
        Acknowledgement(one["class"], one["reason"], date.fromisoformat(one["until"]), one["model"])
        for one in document.get("acknowledged", [])
    )
    return Policy(
        rules, document["level"], document["yardstick"], document["horizon"], document["source"], acknowledged
    )


def toml_key(name: str) -> str:
    """A name as a key of a TOML table."""
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
