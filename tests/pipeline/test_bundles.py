"""Agents as a file: out of one installation, into another, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.serializers import serialize

from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    Bot,
    InfoPage,
    Pattern,
    Personality,
    ToolPolicy,
)
from botplatform.pipeline import publishing
from botplatform.pipeline.bundles import importing
from botplatform.pipeline.bundles.change import digest
from botplatform.pipeline.bundles.exporting import export
from botplatform.pipeline.bundles.shape import BadBundle, read
from tests.pipeline.test_publishing import SAYS, agent, published

MODELS = (AgentConfig, AgentConfigVersion, AgentDraft, AgentOverride, InfoPage, Pattern, Personality, ToolPolicy)
pytestmark = pytest.mark.usefixtures("empty")


def everything() -> str:
    return "\n".join(serialize("jsonl", model._default_manager.order_by("pk")) for model in MODELS)


def bundle(**parts: Any) -> bytes:
    return json.dumps({"format": "botplatform-agents", "version": 1, **parts}).encode()


def one(name: str = "new-agent", **more: Any) -> dict[str, Any]:
    return {"name": name, "behaviour": "simple-agent", "published": {"prompt": "Be kind."}, **more}


def bring_in(raw: bytes) -> dict[str, str]:
    """Import; what became of each row."""
    return {f"{change.kind} {change.name}": change.state.value for change in importing.bring_in(read(raw), by="ada")}


def refused(raw: bytes) -> str:
    """Why it was; nothing has changed."""
    before = everything()
    with pytest.raises(BadBundle) as bad:
        importing.bring_in(read(raw), by="ada")
    assert everything() == before
    return str(bad.value)


def installation() -> None:
    """One row of everything that goes into a file."""
    config = agent("tested-agent", max_cost_usd=Decimal("0.25"))
    AgentConfig.objects.filter(pk=config.pk).update(category="code", description="Tested.")
    publishing.save_draft(config, {**SAYS, "prompt": "Draft."}, by="ada")
    bot = Bot.objects.create(transport="telegram", slug="second", credentials="sealed-secret", admin_ids=["42"])
    AgentOverride.objects.create(bot=bot, config=config, instructions="Here too.", tools=[])
    Personality.objects.create(platform="telegram", text="Short.")
    InfoPage.objects.create(title="Hours", text="Nine to five.", bot=bot, position=2)
    InfoPage.objects.create(title="Hours", text="Always.", url="https://example.org/")
    Pattern.objects.create(
        name="hello", expression="^hello$", target="tested-agent", tests=[{"text": "hello", "matches": True}]
    )
    ToolPolicy.objects.create(tool="calculator", always=True, when={"type": "object"}, risk="high")


# -- out and in


def test_what_goes_out_comes_in_again() -> None:
    installation()
    raw = export()
    for model in (AgentOverride, AgentDraft, InfoPage, Pattern, Personality, ToolPolicy):
        model._default_manager.all().delete()
    AgentConfig.objects.update(published=None)
    AgentConfigVersion.objects.all().delete()
    AgentConfig.objects.all().delete()
    assert set(bring_in(raw).values()) == {"new"}
    assert export() == raw
    version = published(AgentConfig.objects.get())
    assert (version.number, version.note, version.created_by) == (1, "imported", "ada")


def test_the_same_again_changes_nothing() -> None:
    installation()
    before = everything()
    assert set(bring_in(export()).values()) == {"unchanged"}
    assert everything() == before


def test_a_file_holds_no_secret() -> None:
    installation()
    raw = export()
    assert b"sealed" not in raw
    assert b"42" not in raw


def test_one_agent_goes_out_with_what_belongs_to_it() -> None:
    installation()
    agent("other-agent")
    found = json.loads(export("tested-agent"))
    assert {name: len(rows) for name, rows in found.items() if isinstance(rows, list)} == {
        "agents": 1,
        "overrides": 1,
        "patterns": 1,
    }
    with pytest.raises(LookupError):
        export("nobody")


def test_what_the_file_does_not_name_stays() -> None:
    installation()
    bring_in(bundle(agents=[one()]))
    assert Personality.objects.exists()
    assert AgentConfig.objects.count() == 2


# -- what an import does


def test_a_changed_agent_gets_a_new_version() -> None:
    config = agent("tested-agent")
    assert bring_in(bundle(agents=[one("tested-agent", published={"prompt": "New."})])) == {
        "agent tested-agent": "changed"
    }
    version = published(config)
    assert (version.number, version.prompt, version.note) == (2, "New.", "imported")
    assert config.versions.get(number=1).prompt == "Be kind."


def test_a_draft_comes_in_as_a_draft() -> None:
    config = agent("tested-agent")
    publishing.save_draft(config, {**SAYS, "prompt": "Mine."}, by="bob")
    raw = bundle(agents=[one("tested-agent", published=SAYS, draft={"prompt": "Theirs."})])
    assert bring_in(raw) == {"agent tested-agent": "changed"}
    assert (AgentDraft.objects.get().prompt, published(config).number) == ("Theirs.", 1)


def test_the_routers_prompt_comes_in_as_a_draft() -> None:
    router = AgentConfig.objects.create(name="router-agent", behaviour="router-agent")
    publishing.add_version(router, SAYS, by="test", note="")
    raw = bundle(agents=[one("router-agent", behaviour="router-agent", published={"prompt": "Classify."})])
    assert bring_in(raw) == {"agent router-agent": "changed"}
    assert (published(router).number, AgentDraft.objects.get().prompt) == (1, "Classify.")


def test_agents_may_swap_their_categories() -> None:
    names = {"first-agent": "code", "second-agent": "github"}
    bring_in(bundle(agents=[one(name, category=category) for name, category in names.items()]))
    swapped = {"first-agent": "github", "second-agent": "code"}
    found = bring_in(bundle(agents=[one(name, category=category) for name, category in swapped.items()]))
    assert set(found.values()) == {"changed"}
    assert dict(AgentConfig.objects.values_list("name", "category")) == swapped


def test_agents_of_one_file_may_fall_back_on_each_other() -> None:
    raw = bundle(
        agents=[one("first-agent", published={"prompt": "x", "fallback_agent": "second-agent"}), one("second-agent")]
    )
    assert set(bring_in(raw).values()) == {"new"}


def test_what_belongs_to_a_bot_or_platform_that_is_not_here_is_left_out() -> None:
    raw = bundle(
        agents=[one()],
        overrides=[{"bot": "telegram/away", "agent": "new-agent"}],
        pages=[{"title": "Hours", "text": "Always.", "bot": "telegram/away"}],
        personalities=[{"platform": "pigeons", "text": "Coo."}],
    )
    found = bring_in(raw)
    assert found.pop("agent new-agent") == "new"
    assert set(found.values()) == {"left out"}
    assert [model.objects.count() for model in (AgentOverride, InfoPage, Personality)] == [0, 0, 0]


def test_a_preview_says_what_would_happen_and_changes_nothing() -> None:
    installation()
    raw = bundle(agents=[one(), one("tested-agent", category="code", published={"prompt": "New."})])
    before = everything()
    shown = importing.preview(read(raw))
    assert everything() == before
    assert [(change.name, change.state.value) for change in shown] == [
        ("new-agent", "new"),
        ("tested-agent", "changed"),
    ]
    assert shown[1].told == ["description", "published as version 2 (prompt, tools, max_cost_usd)"]
    assert importing.bring_in(read(raw), by="ada", as_previewed=digest(shown)) == shown


def test_what_was_not_shown_is_not_done() -> None:
    raw = bundle(agents=[one()])
    shown = importing.preview(read(raw))
    agent("new-agent")
    with pytest.raises(publishing.Outdated):
        importing.bring_in(read(raw), by="ada", as_previewed=digest(shown))
    assert AgentConfig.objects.get().versions.count() == 1


# -- bad files


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe{}", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[1]", 'its "format" is not'),
        (b'{"format": "other"}', 'its "format" is not'),
        (b'{"format": "botplatform-agents", "version": 2}', "Version 1"),
        (b'{"format": "botplatform-agents", "version": 1, "format": "x"}', "stands twice"),
        (bundle(agents=[one(published={"prompt": "a\x00b"})]), "NUL"),
        (b'{"format": "botplatform-agents", "version": 1, "agents": [{"name": "\\ud800"}]}', "half of one"),
        (b'{"format": "botplatform-agents", "version": 1, "agents": [{"name": NaN}]}', "NaN is no number"),
        (b'{"format": "botplatform-agents", "version": 1, "pages": [{"position": 1e999}]}', "too large"),
        (b'{"format": "botplatform-agents", "version": 1, "pages": [{"position": 1' + b"0" * 5000 + b"}]}", "JSON"),
        (bundle(tool_policies=[{"tool": "t", "when": json.loads("[" * 60 + "]" * 60)}]), "nested too deeply"),
        (bundle(agents={}), "agents: "),
        (bundle(agents=[{"name": "x"}]), "agents[0].behaviour: "),
        (bundle(agents=[one(colour="red")]), "agents[0].colour: "),
        (bundle(agents=[one(published={"prompt": "x", "max_steps": "many"})]), "agents[0].published.max_steps: "),
        (
            bundle(agents=[one(published={"prompt": "x", "max_cost_usd": "0.123456"})]),
            "agents[0].published.max_cost_usd: ",
        ),
        (bundle(stranger=[]), "stranger: "),
        (b" " * 5_000_001, "5,000,000 are read"),
    ],
    ids=range(20),
)
def test_a_file_of_another_shape_is_refused_with_the_place(raw: bytes, told: str) -> None:
    assert told in refused(raw)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"agents": [one(), one()]}, "agents: new-agent is there twice"),
        ({"agents": [one("code-worker")]}, "code-worker, name: "),
        ({"agents": [one("New Agent")]}, "New Agent, name: "),
        ({"agents": [one(behaviour="magic")]}, "new-agent, behaviour: There is no behaviour magic"),
        ({"agents": [one(category="code"), one("b-agent", category="code")]}, "category: b-agent has this category"),
        ({"agents": [one(category="sports")]}, "new-agent, category: "),
        ({"agents": [one("tested-agent", category="code"), one(category="code")]}, "has this category already"),
        ({"agents": [one(published={"prompt": "{{ owner }}"})]}, "new-agent, published, prompt: Line 1"),
        ({"agents": [one(draft={"prompt": "x", "tools": ["magic"]})]}, "new-agent, draft, tools: "),
        ({"agents": [one(published={"prompt": "x", "fallback_agent": "nobody"})]}, "nobody cannot answer"),
        (
            {"agents": [one("a-agent", published={"prompt": "x", "fallback_agent": "b-agent"}),
                        one("b-agent", published={"prompt": "x", "fallback_agent": "a-agent"})]},
            "circle",
        ),
        ({"agents": [one("simple-agent", enabled=False)]}, "cannot be disabled"),
        ({"overrides": [{"bot": "a/b", "agent": "nobody"}]}, "nobody for a/b, agent: "),
        ({"overrides": [{"bot": "a/b", "agent": "tested-agent", "model": "anthropic:"}]}, "which model?"),
        ({"personalities": [{"platform": "telegram", "text": "{{"}]}, "personality telegram, text: "),
        ({"pages": [{"title": "T", "text": "{{ conversation }}"}]}, "page T, text: "),
        ({"pages": [{"title": "T", "text": "x", "url": "javascript:alert(1)"}]}, "page T, url: "),
        ({"patterns": [{"name": "p", "expression": "(", "target": "simple-agent"}]}, "pattern p, expression: "),
        ({"patterns": [{"name": "p", "expression": "a", "target": "nobody"}]}, "pattern p, target: "),
        ({"patterns": [{"name": "p", "expression": "a", "target": "code-worker"}]}, "pattern p, target: "),
        ({"tool_policies": [{"tool": "t", "when": {"type": "no-such-type"}}]}, "tool policy t, when: "),
    ],
    ids=range(21),
)  # fmt: skip
def test_a_file_that_could_not_work_is_refused_whole(parts: dict[str, Any], told: str) -> None:
    agent("tested-agent")
    sound = {"personalities": [{"platform": "github", "text": "Brief."}]}
    assert told in refused(bundle(**{**sound, **parts}))


def test_many_errors_are_told_and_the_rest_counted() -> None:
    raw = bundle(agents=[one(f"agent-{n}", behaviour="magic") for n in range(30)])
    lines = refused(raw).splitlines()
    assert (len(lines), lines[-1]) == (21, "… and 10 more")


# -- the command


def test_command_writes_and_reads_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installation()
    path = tmp_path / "agents.json"
    call_command("agents", "export", str(path))
    assert path.read_bytes() == export()
    Personality.objects.update(text="Other.")
    call_command("agents", "import", str(path), "--dry-run")
    assert Personality.objects.get().text == "Other."
    call_command("agents", "import", str(path))
    assert Personality.objects.get().text == "Short."
    said = capsys.readouterr().out
    assert "changed    personality telegram (text)" in said
    assert "Nothing was changed" in said


@pytest.mark.parametrize("content", [b"{", bundle(agents=[one(behaviour="magic")])])
def test_command_says_what_is_wrong(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "agents.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"JSON|magic"):
        call_command("agents", "import", str(path))


def test_command_needs_a_file_that_is_there(tmp_path: Path, emptying: Callable[[], None]) -> None:
    with pytest.raises(CommandError, match=r"agents\.json"):
        call_command("agents", "import", str(tmp_path / "agents.json"))
