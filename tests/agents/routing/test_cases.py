"""The labelled routing cases are whole: each parses, is labelled as the guide says, and stands once."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "agents" / "routing" / "cases"
FILES = ("held_out", "development", "chat_mix")
ALLOWED = {
    "platform": {"telegram", "github", "webchat"},
    "type": {"simple", "complex", "tool_confirmation"},
    "category": {"general", "code", "research", "github", "admin", "info"},
    "complexity": {"low", "medium", "high"},
    "requires_human_approval": {True, False},
    "tricky": {True, False},
}
TARGETS = ("hitl-agent", "info-agent", "lead-researcher-agent", "orchestrator-agent", "simple-agent")
SHORT = 25
"""Characters below which a text of everyday chat may recur."""


@cache
def cases(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()]


def target(case: dict[str, Any]) -> str:
    """The table of the labelling guide; the first row that fits decides."""
    kind, category, complexity = case["type"], case["category"], case["complexity"]
    rows = (
        (kind == "tool_confirmation" or case["requires_human_approval"], "hitl-agent"),
        (category == "info", "info-agent"),
        (category == "research" and complexity != "low", "lead-researcher-agent"),
        (complexity == "high", "orchestrator-agent"),
        (kind == "simple" and complexity == "low", "simple-agent"),
        (category in ("code", "research", "github"), "orchestrator-agent"),
    )
    return next((agent for fits, agent in rows if fits), "simple-agent")


def place(case: dict[str, Any]) -> str:
    return "github" if case["platform"] == "github" else "chat"


def key(case: dict[str, Any]) -> tuple[str, str]:
    return case["platform"], case["text"].strip().casefold()


# -- each case


@pytest.mark.parametrize("file", FILES)
def test_every_label_is_allowed(file: str) -> None:
    wrong = [
        (case["text"], field)
        for case in cases(file)
        for field, values in ALLOWED.items()
        if case[field] not in values or (values == {True, False} and not isinstance(case[field], bool))
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES)
def test_cases_have_no_other_fields(file: str) -> None:
    known = {"text", "target", "why", "before", *ALLOWED}
    assert {field for case in cases(file) for field in case} <= known


@pytest.mark.parametrize("file", FILES)
def test_target_follows_from_the_labels(file: str) -> None:
    assert [case["text"] for case in cases(file) if case["target"] != target(case)] == []


@pytest.mark.parametrize("file", FILES)
def test_tricky_cases_and_no_others_say_why(file: str) -> None:
    assert [case["text"] for case in cases(file) if bool(case.get("why")) is not case["tricky"]] == []


@pytest.mark.parametrize("file", FILES)
def test_no_text_is_empty_or_padded(file: str) -> None:
    assert [case["text"] for case in cases(file) if not case["text"] or case["text"] != case["text"].strip()] == []


@pytest.mark.parametrize("file", FILES)
def test_at_most_three_turns_come_before(file: str) -> None:
    told = [case["before"] for case in cases(file) if "before" in case]
    assert told
    assert all(1 <= len(turns) <= 3 for turns in told)
    assert all(
        set(turn) == {"role", "text"} and turn["role"] in ("user", "assistant") and turn["text"]
        for turn in chain.from_iterable(told)
    )


# -- the sets


def test_no_text_stands_twice() -> None:
    counted = Counter(key(case) for file in ("held_out", "development") for case in cases(file))
    assert [text for text, times in counted.items() if times > 1] == []


def test_only_short_texts_of_the_chat_mix_recur() -> None:
    counted = Counter(key(case) for file in FILES for case in cases(file))
    mixed = {key(case) for case in cases("chat_mix") if len(case["text"]) >= SHORT}
    assert [text for text in mixed if counted[text] > 1] == []


def test_held_out_and_development_share_no_text_on_any_platform() -> None:
    texts = [{key(case)[1] for case in cases(file)} for file in ("held_out", "development")]
    assert texts[0] & texts[1] == set()


def test_set_is_large_enough() -> None:
    assert len(cases("held_out")) >= 170
    assert len(cases("development")) >= 230
    assert len(cases("chat_mix")) >= 200


@pytest.mark.parametrize("agent", TARGETS)
def test_held_out_gives_every_target_the_same_weight(agent: str) -> None:
    counted = Counter(place(case) for case in cases("held_out") if case["target"] == agent)
    assert counted.total() >= 30
    assert min(counted["github"], counted["chat"]) >= 15


@pytest.mark.parametrize("agent", TARGETS)
def test_development_has_every_target_in_both_places(agent: str) -> None:
    counted = Counter(place(case) for case in cases("development") if case["target"] == agent)
    assert min(counted["github"], counted["chat"]) >= 15


@pytest.mark.parametrize("agent", TARGETS)
@pytest.mark.parametrize("file", ["held_out", "development"])
def test_every_target_has_tricky_cases(file: str, agent: str) -> None:
    assert sum(case["tricky"] for case in cases(file) if case["target"] == agent) >= 5


def test_chat_mix_is_direct_chat() -> None:
    assert {case["platform"] for case in cases("chat_mix")} == {"telegram", "webchat"}
