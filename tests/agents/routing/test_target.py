from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.routing.target import (
    CATEGORIES,
    HITL,
    INFO,
    LEAD_RESEARCHER,
    ORCHESTRATOR,
    ROUTER,
    SCHEMA,
    SIMPLE,
    TARGETS,
    WORKERS,
    Classification,
    choose,
)

KINDS, COMPLEXITIES = ("simple", "complex", "tool_confirmation"), ("low", "medium", "high")
FIELDS = (KINDS, CATEGORIES, COMPLEXITIES, (False, True))
# Category → the target for (simple low, simple medium, simple high, complex low, complex medium, complex high).
TABLE = {
    "general": (SIMPLE, SIMPLE, ORCHESTRATOR, SIMPLE, SIMPLE, ORCHESTRATOR),
    "admin": (SIMPLE, SIMPLE, ORCHESTRATOR, SIMPLE, SIMPLE, ORCHESTRATOR),
    "info": (INFO, INFO, INFO, INFO, INFO, INFO),
    "code": (SIMPLE, ORCHESTRATOR, ORCHESTRATOR, ORCHESTRATOR, ORCHESTRATOR, ORCHESTRATOR),
    "github": (SIMPLE, ORCHESTRATOR, ORCHESTRATOR, ORCHESTRATOR, ORCHESTRATOR, ORCHESTRATOR),
    "research": (SIMPLE, LEAD_RESEARCHER, LEAD_RESEARCHER, ORCHESTRATOR, LEAD_RESEARCHER, LEAD_RESEARCHER),
}


def classification(kind: str, category: str, complexity: str, approval: bool) -> Classification:
    return Classification.model_validate(
        {
            "type": kind,
            "category": category,
            "complexity": complexity,
            "requires_human_approval": approval,
            "reasoning": "",
        }
    )


def expected(kind: str, category: str, complexity: str, approval: bool) -> str:
    if approval or kind == "tool_confirmation":
        return HITL
    return TABLE[category][KINDS.index(kind) * 3 + COMPLEXITIES.index(complexity)]


@pytest.mark.parametrize("fields", list(itertools.product(*FIELDS)), ids=str)
def test_each_classification_has_the_target_of_the_table(fields: tuple[str, str, str, bool]) -> None:
    assert choose(classification(*fields)) == expected(*fields)


@given(st.tuples(*map(st.sampled_from, FIELDS)), st.text())
def test_target_depends_on_nothing_but_the_four_fields(fields: tuple[str, str, str, bool], reasoning: str) -> None:
    said = classification(*fields)
    assert choose(said.model_copy(update={"reasoning": reasoning})) == choose(said)


def test_every_target_is_reached_and_nothing_else() -> None:
    assert {choose(classification(*fields)) for fields in itertools.product(*FIELDS)} == set(TARGETS)
    assert not set(TARGETS) & {*WORKERS, ROUTER}


@pytest.mark.parametrize(
    "change",
    [{"type": "other"}, {"category": "weather"}, {"complexity": 3}, {"confidence": 0.9}, {"reasoning": None}],
    ids=str,
)
def test_classification_with_other_fields_or_values_is_refused(change: dict[str, object]) -> None:
    said = classification("simple", "general", "low", False).model_dump(mode="json")
    with pytest.raises(ValidationError):
        Classification.model_validate({**said, **change})


def test_schema_names_exactly_the_fields_and_values() -> None:
    assert set(SCHEMA["properties"]) == set(SCHEMA["required"]) == set(Classification.model_fields)
    enums = {name: tuple(field["enum"]) for name, field in SCHEMA["properties"].items() if "enum" in field}
    assert enums == {"type": KINDS, "category": CATEGORIES, "complexity": COMPLEXITIES}
    assert SCHEMA["additionalProperties"] is False
