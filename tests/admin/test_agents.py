"""Agents in the console: drafts, publishing, roll-backs, agents of one's own, and what of them is edited at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    AuditEntry,
    InfoPage,
    ModelPrice,
    Pattern,
    Personality,
    ProgressText,
)
from botplatform.pipeline import configs, measuring, publishing, vetting
from botplatform.pipeline.measuring import Measured
from tests.admin.rows import Rows, listed, page, told

Staff = Callable[..., Client]
ADD = "/admin/botplatform/agentdraft/add/"
NEW = "/admin/botplatform/agentconfig/add/"
LIMITS: dict[str, Any] = {
    "max_steps": 5,
    "max_output_tokens": 100,
    "max_seconds": 60,
    "max_tokens": "",
    "max_cost_usd": "",
    "parallel_steps": 3,
    "step_attempts": 3,
}
SAYS: dict[str, Any] = {
    "prompt": "Be brief.", "model": "", "fallback_models": "", "tools": ["calculator"], "temperature": "", "fallback_agent": "",
    **LIMITS,
}  # fmt: skip


def of(config: AgentConfig, name: str, *more: int) -> str:
    return reverse(f"admin:botplatform_agentconfig_{name}", args=[config.pk, *more])


def draft(config: AgentConfig, **changes: Any) -> AgentDraft:
    says = vetting.fields_of(AgentDraft(prompt="Be brief.", tools=["calculator"]))
    return publishing.save_draft(config, {**says, **changes}, by="ada")


def write(client: Client, config: AgentConfig, **changes: Any) -> Any:
    """Fill in the form of a new draft."""
    shown = publishing.seen(AgentConfig.objects.get(pk=config.pk))
    return client.post(f"{ADD}?config={config.pk}", {**SAYS, "seen": shown, **changes})


def decide(client: Client, url: str, **more: str) -> Any:
    """Press the button of a page as it was shown."""
    shown = client.get(url)
    return client.post(url, {"seen": shown.context["seen"], **more}, follow=True)


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def published(config: AgentConfig) -> AgentConfigVersion:
    version = AgentConfig.objects.select_related("published").get(pk=config.pk).published
    assert version
    return version


# -- drafts


def test_a_draft_begins_as_a_copy_of_what_is_published(rows: Rows, console: Client) -> None:
    form = console.get(f"{ADD}?config={rows.agentconfig.pk}").context["adminform"].form
    assert (form.initial["prompt"], form.initial["max_steps"]) == ("Be kind.", 12)
    assert not AgentDraft.objects.filter(config=rows.agentconfig).exists()


def test_a_draft_may_begin_with_an_older_version(rows: Rows, console: Client) -> None:
    old = rows.agentconfigversion
    publishing.publish(draft(rows.agentconfig).config, by="ada")
    form = console.get(f"{ADD}?config={rows.agentconfig.pk}&copy={old.pk}").context["adminform"].form
    assert form.initial["prompt"] == "Be kind."


def test_a_draft_is_written_and_leads_back_to_the_agent(rows: Rows, console: Client) -> None:
    answer = write(console, rows.agentconfig, fallback_models="anthropic:a\n\n anthropic:b ", max_cost_usd="0.25")
    assert (answer.status_code, answer.headers["location"]) == (302, page(rows.agentconfig))
    saved = AgentDraft.objects.get(config=rows.agentconfig)
    assert (saved.prompt, saved.tools, saved.updated_by) == ("Be brief.", ["calculator"], "root")
    assert (saved.fallback_models, str(saved.max_cost_usd), saved.max_tokens) == (
        ["anthropic:a", "anthropic:b"],
        "0.2500",
        None,
    )
    assert published(rows.agentconfig) == rows.agentconfigversion


def test_a_draft_is_changed(rows: Rows, console: Client) -> None:
    saved = draft(rows.agentconfig)
    shown = console.get(page(saved)).context["adminform"].form.initial["seen"]
    assert console.post(page(saved), {**SAYS, "prompt": "Changed.\n", "seen": shown}).status_code == 302
    assert AgentDraft.objects.get(pk=saved.pk).prompt == "Changed.\n"


def test_how_plans_are_carried_out_is_drafted_compared_and_shown_on_the_version(rows: Rows, console: Client) -> None:
    write(console, rows.agentconfig, parallel_steps="5", step_attempts="2")
    saved = AgentDraft.objects.get(config=rows.agentconfig)
    assert (saved.parallel_steps, saved.step_attempts) == (5, 2)
    changed = " ".join(re.sub(r"<[^>]+>", " ", console.get(page(rows.agentconfig)).text).split())
    assert "Parallel steps 3 → 5" in changed
    assert "Step attempts 3 → 2" in changed
    publishing.publish(saved.config, by="ada")
    text = " ".join(re.sub(r"<[^>]+>", " ", console.get(page(published(rows.agentconfig))).text).split())
    assert re.search(r"Parallel steps:? 5", text)


def test_an_agent_with_a_draft_gets_no_second_one(rows: Rows, console: Client) -> None:
    saved = draft(rows.agentconfig)
    answer = console.get(f"{ADD}?config={rows.agentconfig.pk}")
    assert (answer.status_code, answer.headers["location"]) == (302, page(saved))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", " "),
        ("prompt", "I am {{ nobody }}."),
        ("prompt", "I am {{ bot_name"),
        ("model", "anthropic:"),
        ("fallback_models", "anthropic:"),
        ("tools", ["no-such-tool"]),
        ("temperature", "9"),
        ("max_steps", "0"),
        ("max_steps", ""),
        ("max_output_tokens", "many"),
        ("max_tokens", "-1"),
        ("max_cost_usd", "0"),
        ("max_cost_usd", "0.00001"),
        ("parallel_steps", "0"),
        ("parallel_steps", "11"),
        ("step_attempts", ""),
        ("fallback_agent", "nobody-agent"),
    ],
)
def test_what_could_not_work_is_told_at_its_field(rows: Rows, console: Client, field: str, value: Any) -> None:
    assert list(errors(write(console, rows.agentconfig, **{field: value}))) == [field]
    assert not AgentDraft.objects.filter(config=rows.agentconfig).exists()


def test_an_unknown_variable_is_told_with_those_that_there_are(rows: Rows, console: Client) -> None:
    [said] = errors(write(console, rows.agentconfig, prompt="{{ nobody }}"))["prompt"]
    assert "There are {{ bot_name }}" in said


def test_two_who_write_the_same_draft_do_not_overwrite_each_other(rows: Rows, console: Client) -> None:
    as_seen = publishing.seen(rows.agentconfig)
    saved = draft(rows.agentconfig, prompt="Somebody else's.")
    answer = console.post(page(saved), {**SAYS, "seen": as_seen})
    assert "Somebody else has changed this agent" in str(errors(answer))
    assert AgentDraft.objects.get(pk=saved.pk).prompt == "Somebody else's."


def test_tools_are_boxes_with_their_descriptions(rows: Rows, console: Client) -> None:
    text = console.get(f"{ADD}?config={rows.agentconfig.pk}").text
    assert 'type="checkbox" name="tools" value="calculator"' in text
    assert "Works out an arithmetic expression exactly" in text


def test_the_router_has_a_prompt_and_a_model_alone(rows: Rows, console: Client) -> None:
    router = AgentConfig.objects.create(name="router-agent", behaviour="router-agent")
    publishing.add_version(router, {"prompt": "Classify."}, by="", note="")
    router = AgentConfig.objects.get(pk=router.pk)
    url = f"{ADD}?config={router.pk}"
    assert set(console.get(url).context["adminform"].form.fields) == {"prompt", "model", "seen"}
    fields = {"prompt": "Sort.", "model": "", "seen": publishing.seen(router)}
    assert console.post(url, fields).status_code == 302
    assert (AgentDraft.objects.get().prompt, AgentDraft.objects.get().max_steps) == ("Sort.", 12)


# -- publishing


def test_publishing_shows_the_difference_first(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    text = console.get(of(rows.agentconfig, "publish")).text
    assert all(shown in text for shown in ("-Be kind.", "+Be brief.", "calculator"))
    assert published(rows.agentconfig) == rows.agentconfigversion


def test_a_draft_is_published_with_a_note(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    answer = decide(console, of(rows.agentconfig, "publish"), note="  Shorter\nanswers ")
    version = published(rows.agentconfig)
    assert (version.number, version.prompt, version.note, version.created_by) == (
        2,
        "Be brief.",
        "Shorter answers",
        "root",
    )
    assert told(answer) == ["tested-agent: published version 2: Shorter answers."]
    assert not AgentDraft.objects.filter(config=rows.agentconfig).exists()


def test_what_is_published_must_be_what_was_shown(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    shown = console.get(of(rows.agentconfig, "publish")).context["seen"]
    draft(rows.agentconfig, prompt="Changed meanwhile.")
    answer = console.post(of(rows.agentconfig, "publish"), {"seen": shown}, follow=True)
    assert "Somebody else has changed this agent" in told(answer)[0]
    assert published(rows.agentconfig) == rows.agentconfigversion


def test_a_draft_that_can_no_longer_work_is_not_offered(rows: Rows, console: Client) -> None:
    other = AgentConfig.objects.create(name="other-agent", behaviour="simple-agent")
    publishing.add_version(other, {"prompt": "x"}, by="", note="")
    draft(rows.agentconfig, fallback_agent="other-agent")
    AgentConfig.objects.filter(pk=other.pk).update(enabled=False)
    text = console.get(of(rows.agentconfig, "publish")).text
    assert "Fallback agent: other-agent cannot answer" in text
    decide(console, of(rows.agentconfig, "publish"))
    assert published(rows.agentconfig) == rows.agentconfigversion


@pytest.fixture
def router(db: None, monkeypatch: pytest.MonkeyPatch) -> AgentConfig:
    """The router, and a model that is right in nine of ten cases if it is asked in a good way, else in five."""

    async def measure(before: Any, after: Any) -> Measured:
        matrix = {"simple-agent": {"simple-agent": 9, "<b>": 1}}
        was, now = (0.9 if "good" in says.prompt else 0.5 for says in (before, after))
        sides = ({"accuracy": share, "cases": 10, "open": 0, "methods": {}, "matrix": matrix} for share in (was, now))
        return Measured(*sides, "it falls" if now < was else "")

    monkeypatch.setattr(measuring, "measurable", lambda says: True)
    monkeypatch.setattr(measuring, "measure", measure)
    config = AgentConfig.objects.create(name="router-agent", behaviour="router-agent")
    publishing.add_version(config, {"prompt": "A good one."}, by="", note="")
    config.refresh_from_db()
    return config


def test_the_routers_draft_is_measured_before_it_can_be_published(router: AgentConfig, console: Client) -> None:
    draft(router, prompt="Another good one.", tools=[])
    shown = decide(console, of(router, "publish"), note="Try.")
    assert shown.text.count("90.0%") == 2
    assert all(text in shown.text for text in ("Before", "After", "&lt;b&gt;", 'value="Try."'))
    assert published(router).number == 1
    fields = {"seen": shown.context["seen"], "measured": shown.context["token"], "note": "Try."}
    console.post(of(router, "publish"), fields)
    assert published(router).note == "Try.; routing 90.0% → 90.0% right"


def test_a_loss_has_to_be_wanted(router: AgentConfig, console: Client) -> None:
    draft(router, prompt="A bad one.", tools=[])
    shown = decide(console, of(router, "publish"))
    fields = {"seen": shown.context["seen"], "measured": shown.context["token"]}
    refused = console.post(of(router, "publish"), fields)
    assert "It would be a loss: it falls." in refused.text
    assert published(router).number == 1
    console.post(of(router, "publish"), {**fields, "force": "yes"})
    assert "in spite of the loss" in published(router).note


def test_a_measurement_counts_for_what_was_measured(router: AgentConfig, console: Client) -> None:
    draft(router, prompt="Another good one.", tools=[])
    token = decide(console, of(router, "publish")).context["token"]
    draft(router, prompt="A bad one.", tools=[])
    for forged in (token, "forged", ""):
        seen = publishing.seen(AgentConfig.objects.get(pk=router.pk))
        again = console.post(of(router, "publish"), {"seen": seen, "measured": forged})
        assert again.context["loss"]
    assert published(router).number == 1


def test_without_a_model_the_routers_draft_is_published_unmeasured(
    router: AgentConfig, console: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "measurable", lambda says: False)
    draft(router, prompt="Another good one.", tools=[])
    assert "Not measured: no model is connected" in console.get(of(router, "publish")).text
    decide(console, of(router, "publish"))
    assert published(router).note == "routing not measured"


def test_a_draft_is_discarded(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    assert "+Be brief." in console.get(of(rows.agentconfig, "discard")).text
    answer = decide(console, of(rows.agentconfig, "discard"))
    assert told(answer) == ["tested-agent: discarded the draft."]
    assert not AgentDraft.objects.filter(config=rows.agentconfig).exists()


def test_an_older_version_is_published_again(rows: Rows, console: Client) -> None:
    first = rows.agentconfigversion
    draft(rows.agentconfig)
    publishing.publish(rows.agentconfig, by="ada")
    url = of(rows.agentconfig, "roll_back", first.pk)
    assert url in console.get(page(rows.agentconfig)).text
    answer = decide(console, url)
    assert told(answer) == ["tested-agent: published version 1 again."]
    assert (published(rows.agentconfig), rows.agentconfig.versions.count()) == (first, 2)


def test_another_agents_version_is_not_published(rows: Rows, console: Client) -> None:
    other = AgentConfig.objects.create(name="other", behaviour="simple-agent")
    version = publishing.add_version(other, {"prompt": "x"}, by="", note="")
    assert console.get(of(rows.agentconfig, "roll_back", version.pk)).status_code == 404


def test_the_agents_page_tells_its_history(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    decide(console, of(rows.agentconfig, "publish"), note="Shorter.")
    decide(console, of(rows.agentconfig, "roll_back", rows.agentconfigversion.pk))
    said = [entry.told for entry in AuditEntry.objects.filter(action="agentconfig.change").order_by("pk")]
    assert said == ["published version 2: Shorter.", "published version 1 again"]
    text = console.get(page(rows.agentconfig)).text.partition("What was done to it")[2]
    assert text.index("published version 1 again") < text.index("published version 2: Shorter.")


def test_decisions_need_a_csrf_token(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    console.handler.enforce_csrf_checks = True
    assert console.post(of(rows.agentconfig, "publish"), {}).status_code == 403
    assert published(rows.agentconfig) == rows.agentconfigversion


@pytest.mark.parametrize("name", ["publish", "discard"])
def test_who_may_only_look_decides_nothing(rows: Rows, staff: Staff, name: str) -> None:
    draft(rows.agentconfig)
    client = staff("view_agentconfig", "view_agentdraft", "change_agentdraft", "view_agentconfigversion")
    assert client.post(of(rows.agentconfig, name), {}).status_code == 403
    text = client.get(page(rows.agentconfig)).text
    assert of(rows.agentconfig, name) not in text
    assert "Publish again" not in text


def test_an_agent_that_is_not_there_has_no_pages(rows: Rows, console: Client) -> None:
    assert console.get(reverse("admin:botplatform_agentconfig_publish", args=[999_999])).status_code == 404


def test_no_markup_of_a_prompt_reaches_the_browser(rows: Rows, console: Client) -> None:
    script = "<script>alert(1)</script>\u202e"
    saved = draft(rows.agentconfig, prompt=script, model="anthropic:<b>")
    AgentOverride.objects.create(bot=rows.bot, config=rows.agentconfig, instructions=script)
    for url in (page(rows.agentconfig), of(rows.agentconfig, "publish"), page(saved), listed(AgentOverride)):
        text = console.get(url).text
        assert "<script>alert(1)" not in text
        assert "<b>" not in text


# -- versions


def test_a_version_never_changes(rows: Rows, console: Client) -> None:
    version = rows.agentconfigversion
    assert console.post(page(version), {"prompt": "Changed"}).status_code == 403
    for name in ("add", "delete"):
        url = reverse(f"admin:botplatform_agentconfigversion_{name}", args=[version.pk] if name == "delete" else [])
        assert console.post(url, {"post": "yes"}).status_code == 403
    version.refresh_from_db()
    assert version.prompt == "Be kind."


def test_a_version_shows_what_it_changed(rows: Rows, console: Client) -> None:
    draft(rows.agentconfig)
    version = publishing.publish(rows.agentconfig, by="ada", note="Shorter.")
    text = console.get(page(version)).text
    assert all(shown in text for shown in ("Changes since v1", "+Be brief.", "Shorter."))


# -- what is in force at once


def test_an_agent_is_disabled(rows: Rows, console: Client) -> None:
    assert console.post(page(rows.agentconfig), {"description": "Off.", "category": ""}).status_code == 302
    changed = AgentConfig.objects.get(pk=rows.agentconfig.pk)
    assert (changed.enabled, changed.description, changed.published) == (False, "Off.", rows.agentconfigversion)


@pytest.mark.parametrize("category", ["code", "sports"])
def test_a_category_is_one_that_there_is_and_that_is_free(rows: Rows, console: Client, category: str) -> None:
    AgentConfig.objects.create(name="other-agent", behaviour="simple-agent", category="code")
    answer = console.post(page(rows.agentconfig), {"description": "", "category": category, "enabled": "on"})
    assert list(errors(answer)) == ["category"]


def test_the_agent_of_last_resort_stays_enabled(rows: Rows, console: Client) -> None:
    simple = AgentConfig.objects.create(name="simple-agent", behaviour="simple-agent")
    publishing.add_version(simple, {"prompt": "x"}, by="", note="")
    assert list(errors(console.post(page(simple), {"description": "", "category": ""}))) == ["enabled"]


def test_an_agent_is_never_deleted(rows: Rows, console: Client) -> None:
    url = reverse("admin:botplatform_agentconfig_delete", args=[rows.agentconfig.pk])
    assert console.post(url, {"post": "yes"}).status_code == 403


# -- an agent of one's own

OWN: dict[str, Any] = {**SAYS, "name": "release-notes", "behaviour": "simple-agent", "description": "", "category": ""}


def test_a_new_agent_is_a_draft_until_it_is_published(rows: Rows, console: Client) -> None:
    answer = console.post(NEW, {**OWN, "category": "github", "fallback_agent": "tested-agent"})
    config = AgentConfig.objects.get(name="release-notes")
    assert (answer.status_code, answer.headers["location"]) == (302, page(config))
    assert (config.published, config.category, config.draft.prompt) == (None, "github", "Be brief.")
    assert "Nothing yet" in console.get(page(config)).text
    decide(console, of(config, "publish"))
    version = published(config)
    assert (version.number, version.fallback_agent, version.max_steps) == (1, "tested-agent", 5)


def test_a_new_agent_answers_as_soon_as_it_is_published(kept: Rows, console: Client) -> None:
    exists = async_to_sync(configs.exists)
    console.post(NEW, {**OWN, "category": "github"})
    assert not exists("release-notes")
    decide(console, of(AgentConfig.objects.get(name="release-notes"), "publish"))
    configs.forget()  # as if what was read before were old
    assert exists("release-notes")
    assert async_to_sync(configs.by_category)("github") == "release-notes"
    assert async_to_sync(configs.published)("release-notes").settings.prompt == "Be brief."


def test_a_new_agent_may_come_with_a_pattern(rows: Rows, console: Client) -> None:
    pattern = {
        "pattern_name": "notes",
        "pattern": "^write the release notes",
        "pattern_example": "Write the release notes!",
    }
    answer = console.post(NEW, {**OWN, **pattern}, follow=True)
    row = Pattern.objects.get()
    assert (row.name, row.target, row.expression) == ("notes", "release-notes", "^write the release notes")
    assert row.tests == [{"text": "Write the release notes!", "matches": True}]
    assert any("notes" in said and "routing" in said for said in told(answer))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "code-worker"}, "name"),
        ({"name": "orchestrator-agent"}, "name"),
        ({"name": "tested-agent"}, "name"),
        ({"name": "Release Notes"}, "name"),
        ({"behaviour": "magic"}, "behaviour"),
        ({"category": "sports"}, "category"),
        ({"prompt": "{{ nobody }}"}, "prompt"),
        ({"tools": ["magic"]}, "tools"),
        ({"max_seconds": "9999"}, "max_seconds"),
        ({"pattern": "^write"}, "pattern_name"),
        ({"pattern_name": "notes"}, "pattern"),
        ({"pattern_name": "notes", "pattern": "("}, "pattern"),
        ({"pattern_name": "notes", "pattern": "^write", "pattern_example": "Read."}, "pattern"),
        ({"pattern_name": "notes", "pattern": ".*", "pattern_example": "x"}, "pattern"),
    ],
    ids=str,
)
def test_an_agent_that_could_not_work_is_not_made(
    rows: Rows, console: Client, wrong: dict[str, Any], field: str
) -> None:
    assert list(errors(console.post(NEW, {**OWN, **wrong}))) == [field]
    assert not AgentConfig.objects.filter(name=wrong.get("name", "release-notes")).exclude(name="tested-agent").exists()
    assert not Pattern.objects.exists()


def test_a_new_agent_needs_the_right_to_add_one(rows: Rows, staff: Staff) -> None:
    assert staff("view_agentconfig", "change_agentconfig").post(NEW, OWN).status_code == 403


# -- what bots and platforms do differently, and pages


def test_a_bot_gets_instructions_and_tools_of_its_own(rows: Rows, console: Client) -> None:
    add = reverse("admin:botplatform_agentoverride_add")
    fields = {"config": rows.agentconfig.pk, "bot": rows.bot.pk, "instructions": "I am {{ bot_name }}.", "model": ""}
    assert console.post(add, {**fields, "own_tools": "on", "tools": ["calculator"]}).status_code == 302
    row = AgentOverride.objects.get()
    assert (row.instructions, row.tools) == ("I am {{ bot_name }}.", ["calculator"])
    assert "Be kind.\n\nI am this bot." in console.get(page(row)).text
    assert console.post(page(row), {"instructions": "", "model": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.instructions, row.tools, row.config) == ("", None, rows.agentconfig)


@pytest.mark.parametrize(
    ("field", "value"), [("instructions", "{{ nobody }}"), ("model", "anthropic:"), ("tools", ["magic"])]
)
def test_what_a_bot_could_not_do_is_refused(rows: Rows, console: Client, field: str, value: Any) -> None:
    fields = {"config": rows.agentconfig.pk, "bot": rows.bot.pk, "instructions": "", "model": "", "own_tools": "on"}
    answer = console.post(reverse("admin:botplatform_agentoverride_add"), {**fields, field: value})
    assert list(errors(answer)) == [field]


def test_a_personality_is_checked(rows: Rows, console: Client) -> None:
    add = reverse("admin:botplatform_personality_add")
    assert list(errors(console.post(add, {"platform": "telegram", "text": "{{"}))) == ["text"]
    assert list(errors(console.post(add, {"platform": "pigeons", "text": "Coo."}))) == ["platform"]
    assert console.post(add, {"platform": "telegram", "text": "On {{ platform }}."}).status_code == 302
    assert Personality.objects.get().text == "On {{ platform }}."


def test_the_agents_page_shows_its_prompt_on_each_platform(rows: Rows, console: Client) -> None:
    Personality.objects.create(platform="telegram", text="This is {{ platform }}.")
    assert "Be kind.\n\nThis is telegram." in console.get(page(rows.agentconfig)).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "{{ conversation }}"),
        ("url", "javascript:alert(1)"),
        ("url", "ftp://x.example/"),
        ("title", ""),
        ("title", "Hours"),
    ],
)
def test_an_info_page_is_checked(rows: Rows, console: Client, field: str, value: str) -> None:
    InfoPage.objects.create(title="Hours", text="Nine to five.")
    fields = {
        "title": "Prices",
        "text": "{{ bot_name }} is free.",
        "url": "",
        "bot": "",
        "position": "1",
        "enabled": "on",
    }
    assert list(errors(console.post(reverse("admin:botplatform_infopage_add"), {**fields, field: value}))) == [field]


def test_an_info_page_is_written(rows: Rows, console: Client) -> None:
    fields = {
        "title": "Prices",
        "text": "Free.",
        "url": "https://example.org/",
        "bot": rows.bot.pk,
        "position": "1",
        "enabled": "on",
    }
    assert console.post(reverse("admin:botplatform_infopage_add"), fields).status_code == 302
    assert InfoPage.objects.get().bot == rows.bot


# -- prices and progress texts


def test_prices_are_edited(rows: Rows, console: Client) -> None:
    fields = {
        "model": "anthropic:some",
        "input_usd": "3",
        "output_usd": "15",
        "cache_read_usd": "0",
        "cache_write_usd": "0",
    }
    assert console.post(page(rows.modelprice), fields).status_code == 302
    assert ModelPrice.objects.get(model="anthropic:some").output_usd == 15
    assert "not negative" in console.post(page(rows.modelprice), {**fields, "input_usd": "-1"}).text


def test_progress_texts_are_edited(rows: Rows, console: Client) -> None:
    assert console.post(page(rows.progresstext), {"text": "Hm …", "position": "3"}).status_code == 302
    changed = ProgressText.objects.get(pk=rows.progresstext.pk)
    assert (changed.text, changed.position, changed.enabled) == ("Hm …", 3, False)
