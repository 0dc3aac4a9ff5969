"""Operators' rules about arguments: JSON Schema, with expressions that cannot hang."""

from __future__ import annotations

import pytest

from agents.rules import fits, unusable

HOME = {"properties": {"path": {"type": "string", "pattern": "^/home/"}}, "required": ["path"]}


def test_a_rule_means_the_arguments_that_fit_it() -> None:
    assert fits(HOME, {"path": "/home/ada"})
    assert not fits(HOME, {"path": "/etc/passwd"})
    assert not fits(HOME, {})


def test_an_expression_that_hangs_elsewhere_ends_here() -> None:
    assert not fits({"properties": {"text": {"pattern": "^(a+)+$"}}}, {"text": "a" * 5000 + "!"})


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ([1], "Write a JSON object"),
        ({"type": "nonsense"}, "not a JSON Schema"),
        ({"anyOf": [{"$ref": "http://127.0.0.1:1/x"}]}, "$ref"),
        ({"patternProperties": {"(a+)+$": {}}}, "patternProperties"),
        ({"properties": {"a": {"pattern": "("}}}, "not a JSON Schema"),
        ({"properties": {"a": {"pattern": "(?=a)"}}}, "RE2 cannot read"),
    ],
)
def test_what_cannot_be_used_is_said_and_never_fits_in_silence(rule: object, told: str) -> None:
    assert told in unusable(rule)
    if isinstance(rule, dict):
        with pytest.raises(ValueError, match=r"\w"):
            fits(rule, {"a": "b"})


def test_a_property_may_be_called_pattern() -> None:
    assert unusable({"properties": {"pattern": {"type": "string"}}}) == ""
