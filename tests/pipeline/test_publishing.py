"""Drafts, versions, roll-backs: what is refused, what is kept, and who wins when two change an agent at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from botplatform.models import AgentConfig, AgentConfigVersion, AgentDraft
from botplatform.models.agent import AgentFields
from botplatform.pipeline import publishing, standing, vetting
from botplatform.pipeline.comparing import diff
from botplatform.pipeline.measuring import Measured
from botplatform.pipeline.publishing import Outdated, Refused

SAYS: dict[str, Any] = {
    "prompt": "Be kind.", "model": "", "fallback_models": [], "tools": ["calculator"], "temperature": None, "max_steps": 12,
    "max_output_tokens": 8192, "max_tokens": None, "max_seconds": 600, "max_cost_usd": None, "parallel_steps": 3,
    "step_attempts": 3, "fallback_agent": "",
}  # fmt: skip


@pytest.fixture
def config(empty: None) -> AgentConfig:
    """An agent with one published version."""
    return agent("tested-agent")


def agent(name: str, **says: Any) -> AgentConfig:
    config = AgentConfig.objects.create(name=name, behaviour="simple-agent")
    publishing.add_version(config, {**SAYS, **says}, by="test", note="")
    return AgentConfig.objects.get(pk=config.pk)


def draft(config: AgentConfig, **says: Any) -> AgentDraft:
    return publishing.save_draft(config, {**SAYS, **says}, by="ada")


def published(config: AgentConfig) -> AgentConfigVersion:
    version = AgentConfig.objects.select_related("published").get(pk=config.pk).published
    assert version
    return version


def problems(act: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.problems


# -- drafts


def test_fields_are_all_that_a_version_says() -> None:
    assert set(vetting.FIELDS) == {field.name for field in AgentFields._meta.fields}


def test_a_draft_changes_nothing_for_runs(config: AgentConfig) -> None:
    saved = draft(config, prompt="Be brief.")
    assert (saved.updated_by, saved.based_on) == ("ada", published(config))
    assert (published(config).prompt, config.versions.count()) == ("Be kind.", 1)


def test_a_draft_is_written_over_and_stays_one(config: AgentConfig) -> None:
    draft(config, prompt="One.")
    draft(config, prompt="Two.")
    assert AgentDraft.objects.get().prompt == "Two."


def test_a_draft_is_discarded(config: AgentConfig) -> None:
    draft(config)
    assert publishing.discard_draft(config, by="ada")
    assert not AgentDraft.objects.exists()
    assert not publishing.discard_draft(config, by="ada")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("prompt", "  ", "empty"),
        ("prompt", "Hello {{ stranger }}", "no variable {{ stranger }}. There are {{ bot_name }}"),
        ("prompt", "Hello {{ bot_name", "is not followed by a name and }}"),
        ("prompt", "x" * 100_001, "100000 fit"),
        ("prompt", "a\x00b", "NUL"),
        ("model", "anthropic:", "which model?"),
        ("model", "two words", "cannot be the name of a model"),
        ("fallback_models", ["openrouter:"], "which model?"),
        ("fallback_models", ["a", "a"], "each once"),
        ("fallback_models", [""], "empty"),
        ("tools", ["calculator", "no_such_tool"], "There is no tool no_such_tool; there are"),
        ("temperature", 2.5, "From 0 to 2"),
        ("max_steps", 0, "From 1 to 100"),
        ("max_steps", None, "number is needed"),
        ("max_output_tokens", 200_001, "From 1"),
        ("max_seconds", 3601, "From 1"),
        ("max_tokens", 0, "From 1"),
        ("max_cost_usd", Decimal(0), "above zero"),
        ("max_cost_usd", Decimal("0.00001"), "four decimals"),
        ("max_cost_usd", Decimal("1e999"), "From 0"),
        ("fallback_agent", "nobody", "cannot answer"),
        ("fallback_agent", "tested-agent", "circle: tested-agent → tested-agent"),
    ],
)
def test_what_could_not_work_is_refused_by_field(config: AgentConfig, field: str, value: Any, told: str) -> None:
    found = problems(lambda: draft(config, **{field: value}))
    assert list(found) == [field]
    assert told in found[field][0]
    assert not AgentDraft.objects.exists()


# -- publishing


def test_publishing_makes_the_next_version_of_the_draft(config: AgentConfig) -> None:
    says = {
        "prompt": "I am {{ bot_name }}.", "model": "anthropic:m", "fallback_models": ["openrouter:a/b"], "tools": [],
        "temperature": 0.2, "max_steps": 3, "max_output_tokens": 10, "max_tokens": 99, "max_seconds": 5,
        "max_cost_usd": Decimal("0.5"),
    }  # fmt: skip
    draft(config, **says)
    version = publishing.publish(config, by="bob", note="Shorter.")
    assert (version.number, version.note, version.created_by) == (2, "Shorter.", "bob")
    assert vetting.fields_of(AgentConfigVersion.objects.get(pk=version.pk)) == {**SAYS, **says}
    assert published(config) == version
    assert not AgentDraft.objects.exists()


def test_the_version_before_stays_as_it_was(config: AgentConfig) -> None:
    draft(config, prompt="New.")
    publishing.publish(config, by="bob")
    assert vetting.fields_of(AgentConfigVersion.objects.get(config=config, number=1)) == SAYS


def test_without_a_draft_nothing_is_published(config: AgentConfig) -> None:
    assert "no draft" in problems(lambda: publishing.publish(config, by="bob"))[""][0]


def test_a_draft_that_says_nothing_new_is_not_published(config: AgentConfig) -> None:
    draft(config)
    assert "version 1" in problems(lambda: publishing.publish(config, by="bob"))[""][0]
    assert config.versions.count() == 1


def test_the_world_is_looked_at_again_when_a_draft_is_published(config: AgentConfig) -> None:
    other = agent("other-agent")
    draft(config, fallback_agent="other-agent")
    AgentConfig.objects.filter(pk=other.pk).update(enabled=False)
    assert list(problems(lambda: publishing.publish(config, by="bob"))) == ["fallback_agent"]
    assert (config.versions.count(), AgentDraft.objects.count()) == (1, 1)


def test_an_agent_whose_code_is_gone_is_not_published(config: AgentConfig) -> None:
    draft(config, prompt="New.")
    AgentConfig.objects.update(behaviour="no-such-behaviour")
    assert list(problems(lambda: publishing.publish(config, by="bob"))) == ["behaviour"]


def test_fallbacks_never_run_in_a_circle(config: AgentConfig) -> None:
    agent("second-agent", fallback_agent="tested-agent")
    agent("third-agent", fallback_agent="second-agent")
    found = problems(lambda: draft(config, fallback_agent="third-agent"))
    assert "tested-agent → third-agent → second-agent → tested-agent" in found["fallback_agent"][0]


def test_a_fallback_that_falls_back_is_fine(config: AgentConfig) -> None:
    agent("second-agent")
    agent("third-agent", fallback_agent="second-agent")
    draft(config, fallback_agent="third-agent")
    assert publishing.publish(config, by="bob").fallback_agent == "third-agent"


def test_a_category_has_one_agent(config: AgentConfig) -> None:
    AgentConfig.objects.create(name="other-agent", behaviour="simple-agent", category="code")
    with pytest.raises(IntegrityError), transaction.atomic():
        AgentConfig.objects.filter(pk=config.pk).update(category="code")
    among = {**standing.peers(), "tested-agent": standing.Peer("simple-agent", category="code")}
    assert standing.check_standing("tested-agent", among) == {"category": ["other-agent has this category already."]}


def test_the_agent_of_last_resort_cannot_be_disabled() -> None:
    among = {"simple-agent": standing.Peer("simple-agent", enabled=False)}
    assert list(standing.check_standing("simple-agent", among)) == ["enabled"]


@pytest.mark.parametrize(
    "name", ["code-worker", "router-agent", "orchestrator-agent", "Ada", "9-lives", "a b", "x" * 65, ""]
)
def test_some_names_are_not_for_agents_of_ones_own(name: str) -> None:
    assert vetting.check_name(name)


def test_other_names_are() -> None:
    assert vetting.check_name("release-notes-2") == []


# -- the router's prompt


def test_what_a_prompt_does_to_routing_is_noted(config: AgentConfig) -> None:
    draft(config, prompt="Sort.")
    measured = Measured({"accuracy": 0.9}, {"accuracy": 0.95})
    assert (
        publishing.publish(config, by="bob", note="Better.", measured=measured).note
        == "Better.; routing 90.0% → 95.0% right"
    )


def test_a_loss_is_refused_unless_forced(config: AgentConfig) -> None:
    draft(config, prompt="Sort.")
    measured = Measured({"accuracy": 0.95}, {"accuracy": 0.9}, "it falls")
    found = problems(lambda: publishing.publish(config, by="bob", measured=measured))
    assert found == {"": ["It would be a loss: it falls."]}
    version = publishing.publish(config, by="bob", measured=measured, force=True)
    assert version.note == "routing 95.0% → 90.0% right, published in spite of the loss"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, "routing not measured"),
        ({"accuracy": None}, {"accuracy": None}, "routing not measured"),
        (None, {"accuracy": 0.5}, "routing 50.0% right"),
        ({"accuracy": 0.5}, {"accuracy": 0.5}, "routing 50.0% → 50.0% right"),
    ],
)
def test_a_measurement_in_one_line(before: Any, after: Any, said: str) -> None:
    assert str(Measured(before, after)) == said


# -- rolling back


def test_rolling_back_publishes_an_older_version_again(config: AgentConfig) -> None:
    first = published(config)
    draft(config, prompt="New.")
    second = publishing.publish(config, by="bob")
    publishing.roll_back(config, first, by="eve")
    assert published(config) == first
    assert set(config.versions.all()) == {first, second}


def test_the_next_version_after_a_roll_back_has_a_number_of_its_own(config: AgentConfig) -> None:
    first = published(config)
    for prompt in ("Two.", "Three."):
        draft(config, prompt=prompt)
        publishing.publish(config, by="bob")
    publishing.roll_back(config, first, by="eve")
    draft(config, prompt="Four.")
    assert publishing.publish(config, by="bob").number == 4


def test_a_roll_back_leaves_the_draft(config: AgentConfig) -> None:
    first = published(config)
    draft(config, prompt="Two.")
    publishing.publish(config, by="bob")
    draft(config, prompt="Three.")
    publishing.roll_back(config, first, by="eve")
    assert AgentDraft.objects.get().prompt == "Three."


def test_only_an_older_version_of_its_own_is_published_again(config: AgentConfig) -> None:
    other = published(agent("other-agent"))
    assert "another agent" in problems(lambda: publishing.roll_back(config, other, by="eve"))[""][0]
    assert "is the published one" in problems(lambda: publishing.roll_back(config, published(config), by="eve"))[""][0]


def test_a_version_that_would_no_longer_work_is_not_published_again(config: AgentConfig) -> None:
    old = AgentConfigVersion.objects.create(config=config, number=99, prompt="One.", tools=["tool_that_is_gone"])
    assert list(problems(lambda: publishing.roll_back(config, old, by="eve"))) == ["tools"]


# -- two at once


def test_what_somebody_else_changed_is_looked_at_first(config: AgentConfig) -> None:
    as_seen = publishing.seen(config)
    draft(config, prompt="Mine.")
    for act in (
        lambda: publishing.publish(config, by="bob", as_seen=as_seen),
        lambda: publishing.discard_draft(config, by="bob", as_seen=as_seen),
        lambda: publishing.save_draft(config, SAYS, by="bob", as_seen=as_seen),
    ):
        with pytest.raises(Outdated):
            act()
    assert AgentDraft.objects.get().prompt == "Mine."
    assert publishing.publish(config, by="bob", as_seen=publishing.seen(config)).prompt == "Mine."


def _at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Each in a thread and on a connection of its own; what each gave or raised."""
    outcomes: list[object] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            outcomes.append(act())
        except (Refused, Outdated) as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.fixture
def committed(config: AgentConfig) -> Iterator[AgentConfig]:
    yield config
    connection.close()


def test_of_two_publishers_one_publishes(committed: AgentConfig) -> None:
    draft(committed, prompt="Once.")
    as_seen = publishing.seen(committed)
    outcomes = _at_once([lambda: publishing.publish(committed, by="bob", as_seen=as_seen)] * 4)
    assert [isinstance(one, AgentConfigVersion) for one in outcomes].count(True) == 1
    assert [isinstance(one, Outdated) for one in outcomes].count(True) == 3
    assert published(committed).number == 2


def test_two_agents_cannot_fall_back_on_each_other_at_once(committed: AgentConfig) -> None:
    other = agent("other-agent")
    draft(committed, fallback_agent="other-agent")
    draft(other, fallback_agent="tested-agent")
    outcomes = _at_once([lambda row=row: publishing.publish(row, by="bob") for row in (committed, other)])
    assert sorted(type(one).__name__ for one in outcomes) == ["AgentConfigVersion", "Refused"]


# -- differences


def test_a_difference_names_fields_and_lines(config: AgentConfig) -> None:
    changed = draft(config, prompt="Be kind.\nBe brief.", tools=[], max_cost_usd=Decimal("0.5000"))
    found = diff(published(config), changed)
    assert found.fields == [("tools", "calculator", ""), ("max_cost_usd", "", "0.5")]
    assert found.prompt == ["@@ -1 +1,2 @@", " Be kind.", "+Be brief."]


def test_the_same_makes_no_difference(config: AgentConfig) -> None:
    assert not diff(published(config), draft(config, max_cost_usd=None))


def test_a_new_agent_differs_from_nothing(config: AgentConfig) -> None:
    found = diff(None, published(config))
    assert found.prompt == ["@@ -0,0 +1 @@", "+Be kind."]
    assert ("tools", "", "calculator") in found.fields
