from __future__ import annotations

import time

import pytest

from agents.template import VALUE_CHARS, fill, one_line, problems


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("I am {{ bot_name }}.", "I am Ada."),
        ("{{bot_name}}{{  bot_name  }}", "AdaAda"),
        ("A {single} brace and }} alone", "A {single} brace and }} alone"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        (r"Write \{{ bot_name }}", "Write {{ bot_name }}"),
        (r"C:\\{{ bot_name }}", "C:\\Ada"),
        (r"C:\\\{{ bot_name }}", "C:\\{{ bot_name }}"),
        ("{{ unheard_of }}", "{{ unheard_of }}"),
        ("{{ open", "{{ open"),
        ("", ""),
    ],
)
def test_variables_are_filled_in(template: str, filled: str) -> None:
    assert fill(template, {"bot_name": "Ada"}) == filled


def test_a_value_is_text_and_not_a_template() -> None:
    values = {"conversation": r"{{ bot_name }} \{{ {{ date }}", "bot_name": "Ada", "date": "2026-03-31"}
    assert fill("In {{ conversation }}!", values) == r"In {{ bot_name }} \{{ {{ date }}!"


@pytest.mark.parametrize(
    "template", ["", "none", "{{ bot_name }}", "{{agent}}", r"\{{ whatever }}", '{"a": {"b": {}}}', "}}", "{ {"]
)
def test_a_sound_template_has_no_problems(template: str) -> None:
    assert problems(template) == []


def test_an_unknown_variable_is_named_with_its_line_and_those_that_there_are() -> None:
    [said] = problems("one\ntwo {{ owner }}")
    assert said.startswith("Line 2: there is no variable {{ owner }}. There are {{ bot_name }}, ")
    assert r"write \{{ where braces are meant" in said


@pytest.mark.parametrize("template", ["{{ bot_name", "{{ bot_name }", "{{\nbot_name }}", "{{{ bot_name }}}", "{{"])
def test_braces_without_their_end_are_refused(template: str) -> None:
    assert "is not followed by a name and }}" in problems(template)[0]


def test_each_problem_is_told() -> None:
    assert len(problems("{{ a }} {{ b }}\n{{ c")) == 3


def test_other_variables_can_be_allowed() -> None:
    assert problems("{{ conversation }}", ("bot_name",))
    assert problems("{{ bot_name }}", ("bot_name",)) == []


@pytest.mark.parametrize(
    "text", ["\\" * 50_000, "{{" * 50_000, "{{ " + " " * 50_000, r"\{{" * 20_000], ids=["\\", "{{", " ", "\\{{"]
)
def test_odd_templates_take_no_longer_than_others(text: str) -> None:
    began = time.monotonic()
    fill(text, {"bot_name": "Ada"})
    problems(text)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("  two\n lines\u2028and more ", "two lines and more"),
        ("in\u200bvisible\u202e \U000e0041tag", "invisible tag"),
        ("", ""),
    ],
)
def test_a_value_is_one_visible_line(value: str, line: str) -> None:
    assert one_line(value) == line


def test_a_long_value_is_cut() -> None:
    assert one_line("x" * 1000) == "x" * (VALUE_CHARS - 1) + "…"
