from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from structlog.testing import capture_logs

from agents.routing.shipped import SHIPPED
from agents.routing.target import HITL, INFO, ROUTER, SIMPLE
from botplatform.models import Pattern, RoutingCase, RoutingVersion
from botplatform.pipeline import caching, db, rulebook

GREETING = {"name": "greeting", "expression": "^(?:hi|hello)[.! ]*$", "target": SIMPLE, "position": 10}
HELLO = [{"text": "hello", "matches": True}]


@pytest.fixture(autouse=True)
def fresh(empty: None) -> Iterator[None]:
    caching.forget()
    yield
    caching.forget()


async def draft(**fields: Any) -> Pattern:
    """A pattern as it is being edited."""
    return await Pattern.objects.acreate(**{**GREETING, "tests": HELLO, **fields})


async def case(text: str, target: str) -> None:
    """A message whose right target an operator has named."""
    await RoutingCase.objects.acreate(text=text, platform="telegram", target=target)


async def publish(**more: Any) -> rulebook.Published:
    return await rulebook.publish(**{"by": "ada", "note": "why not", **more})


async def numbers() -> list[int]:
    return [number async for number in RoutingVersion.objects.order_by("number").values_list("number", flat=True)]


async def decided(text: str) -> str:
    found = (await rulebook.current()).patterns.decide(text, "telegram")
    return found.name if found else ""


# -- what is in force


async def test_without_a_version_no_pattern_decides() -> None:
    rules = await rulebook.current()
    assert (rules.version_id, rules.number, rules.patterns.patterns) == (None, 0, ())


async def test_draft_takes_hold_only_when_it_is_published() -> None:
    await draft()
    assert await decided("hello") == ""
    assert (await publish()).number == 1
    assert await decided("hello") == "greeting"


async def test_newest_version_is_in_force() -> None:
    await draft()
    await publish()
    await draft(name="help", expression="^help$", target=INFO, position=20, tests=[{"text": "help", "matches": True}])
    assert (await publish()).number == 2
    rules = await rulebook.current()
    assert rules.version_id == (await RoutingVersion.objects.aget(number=2)).pk
    assert [pattern.name for pattern in rules.patterns.patterns] == ["greeting", "help"]


async def test_change_elsewhere_takes_hold_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await decided("hello") == ""
    kept = [{"name": "greeting", "expression": "^hello$", "target": SIMPLE, "platform": ""}]
    await RoutingVersion.objects.acreate(number=1, patterns=kept)
    assert await decided("hello") == ""
    monkeypatch.setattr(caching, "CACHE_SECONDS", 0)
    assert await decided("hello") == "greeting"


async def test_same_version_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    await draft()
    await publish()
    first = (await rulebook.current()).patterns
    caching.forget()
    assert (await rulebook.current()).patterns is first


async def test_version_that_cannot_be_used_settles_nothing_and_is_told() -> None:
    kept = [{"name": "broken", "expression": "(", "target": SIMPLE, "platform": ""}]
    await RoutingVersion.objects.acreate(number=7, patterns=kept)
    with capture_logs() as logs:
        rules = await rulebook.current()
    assert (rules.number, rules.patterns.patterns) == (7, ())
    assert [(line["event"], line["number"]) for line in logs] == [("routing.version_unusable", 7)]


# -- publishing


async def test_version_keeps_the_enabled_patterns_in_order_and_who_published_them() -> None:
    await draft(name="second", expression="^hey$", position=20, tests=[{"text": "hey", "matches": True}])
    await draft(name="first", platform="github")
    await draft(name="off", expression="^yo$", enabled=False)
    await publish()
    version = await RoutingVersion.objects.aget()
    assert [pattern["name"] for pattern in version.patterns] == ["first", "second"]
    assert version.patterns[0] == {
        "name": "first", "expression": GREETING["expression"], "target": SIMPLE, "platform": "github",
    }  # fmt: skip
    assert (version.created_by, version.note, version.forced) == ("ada", "why not", False)


async def test_figures_before_and_after_are_kept() -> None:
    await case("hello", SIMPLE)
    await draft()
    await publish()
    version = await RoutingVersion.objects.aget()
    assert version.before["methods"] == {}
    assert version.after["methods"]["pattern"]["precision"] == 1.0
    assert version.after["cases"] == version.before["cases"] >= 100
    assert "matrix" in version.after


async def test_preview_says_the_same_and_publishes_nothing() -> None:
    await draft()
    seen = await rulebook.preview()
    assert await numbers() == []
    assert (seen.number, seen.refused) == (0, "")
    published = await publish()
    assert published.after["matrix"] == seen.after["matrix"]


async def test_unchanged_patterns_make_no_version() -> None:
    await draft()
    await publish()
    for force in (False, True):
        again = await publish(force=force)
        assert (again.number, again.refused) == (1, "Nothing has changed since version 1.")
    assert await numbers() == [1]


async def test_loss_is_refused_unless_forced() -> None:
    await case("hello", SIMPLE)
    await draft()
    await publish()
    await Pattern.objects.aupdate(target=HITL)
    refused = await publish()
    assert "It would be a loss" in refused.refused
    assert (refused.number, refused.can_be_forced, await numbers()) == (1, True, [1])
    forced = await publish(force=True)
    assert (forced.number, forced.refused) == (2, "")
    assert (await RoutingVersion.objects.aget(number=2)).forced


async def test_cases_of_operators_count() -> None:
    await draft()
    await publish()
    for text in ("ahoy there", "ahoy ye", "ahoy matey"):
        await case(text, SIMPLE)
    await draft(name="ahoy", expression="^ahoy", target=INFO, tests=[{"text": "ahoy", "matches": True}])
    refused = await publish()
    assert "precision would fall" in refused.refused
    assert refused.after["matrix"][SIMPLE][INFO] == 3


async def test_earlier_turns_of_a_case_count() -> None:
    before = [{"role": "assistant", "text": "Shall I say hello?"}]
    await RoutingCase.objects.acreate(text="ok", platform="telegram", target=HITL, before=before)
    await draft(expression="^ok$", tests=[{"text": "ok", "matches": True}])
    assert (await publish()).refused == ""


async def test_finding_of_the_linter_is_refused_unless_forced() -> None:
    await draft()
    await draft(name="again", expression="^hello$", position=20)
    refused = await publish()
    assert refused.findings.keys() == {"again"}
    assert "again: It is shadowed" in refused.refused
    assert (await publish(force=True)).number == 1


async def test_pattern_that_cannot_be_used_is_refused_even_if_forced() -> None:
    await draft(expression="(")
    refused = await publish(force=True)
    assert refused.refused.startswith("greeting: missing )")
    assert (refused.can_be_forced, await numbers()) == (False, [])


async def test_empty_set_after_a_good_one_is_a_loss() -> None:
    await sync_to_async(rulebook.seed)()
    await Pattern.objects.aupdate(enabled=False)
    assert "patterns would settle 0% of the cases" in (await publish()).refused


async def test_two_who_publish_at_once_make_two_versions_or_one() -> None:
    await draft()
    one, other = await asyncio.gather(publish(by="ada"), publish(by="grace"))
    assert sorted([one.number, other.number]) == [1, 1]
    assert sorted([bool(one.refused), bool(other.refused)]) == [False, True]
    assert await numbers() == [1]


async def test_nobody_else_publishes_meanwhile() -> None:
    await draft()
    async with db.transaction() as connection:
        await connection.execute(b"SELECT pg_advisory_xact_lock(%s)", (rulebook.LOCK,))
        waiting = asyncio.ensure_future(publish())
        await _until_somebody_waits()
        assert await numbers() == []
    assert (await waiting).number == 1


async def _until_somebody_waits() -> None:
    while not await db.row("SELECT 1 AS one FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
        await asyncio.sleep(0.01)


async def test_what_has_changed_since_it_was_looked_at_is_not_published() -> None:
    await draft()
    kept = [{name: GREETING[name] for name in ("name", "expression", "target")} | {"platform": ""}]
    with pytest.raises(rulebook.Outdated):
        await publish(force=True, as_seen=rulebook.seen(1, kept))
    assert await numbers() == []
    assert (await publish(as_seen=rulebook.seen(0, kept))).number == 1


async def test_earlier_version_is_published_again_and_drafts_stay() -> None:
    await draft()
    await publish()
    await Pattern.objects.aupdate(expression="^hey$", tests=[{"text": "hey", "matches": True}])
    assert (await publish()).number == 2
    assert (await rulebook.preview_again(1)).refused == ""
    assert (await rulebook.publish_again(1, by="ada", note="")).number == 3
    assert (await decided("hello"), await decided("hey")) == ("greeting", "")
    newest = await RoutingVersion.objects.aget(number=3)
    assert (newest.note, (await Pattern.objects.aget()).expression) == ("version 1 again", "^hey$")


async def test_version_that_is_not_there_is_not_published_again() -> None:
    with pytest.raises(LookupError):
        await rulebook.publish_again(9, by="ada", note="")


# -- the shipped patterns


def test_seeding_stores_the_shipped_patterns_and_version_one() -> None:
    rulebook.seed()
    assert list(Pattern.objects.values_list("name", flat=True)) == [pattern.name for pattern in SHIPPED]
    version = RoutingVersion.objects.get()
    assert (version.number, len(version.patterns)) == (1, len(SHIPPED))
    assert version.after["methods"]["pattern"]["precision"] >= 0.98
    assert not Pattern.objects.filter(tests=[]).exists()


async def test_seeded_patterns_are_in_force_and_as_they_are_being_edited() -> None:
    await sync_to_async(rulebook.seed)()
    assert await decided("hello") == "small-talk-english"
    assert (await publish()).refused == "Nothing has changed since version 1."


def test_seeding_happens_once() -> None:
    rulebook.seed()
    Pattern.objects.exclude(name="small-talk-english").delete()
    Pattern.objects.update(note="mine")
    rulebook.seed()
    assert list(Pattern.objects.values_list("name", "note")) == [("small-talk-english", "mine")]
    assert RoutingVersion.objects.count() == 1


# -- manage.py eval_routing


def evaluated(*arguments: str) -> str:
    output: list[str] = []

    class Stream:
        def write(self, text: str) -> None:
            output.append(text)

    call_command("eval_routing", *arguments, stdout=Stream())
    return "".join(output)


def test_command_evaluates_the_published_patterns() -> None:
    rulebook.seed()
    text = evaluated("--set", "chat_mix")
    assert text.startswith(f"patterns: {len(SHIPPED)}, version 1\n")
    assert "model: not measured" in text
    assert "confusion matrix" in text


def test_command_says_when_it_takes_the_shipped_patterns() -> None:
    assert "as shipped (no version is published)" in evaluated()


def test_command_works_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*arguments: Any) -> None:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(db, "row", away)
    monkeypatch.setattr(db, "rows", away)
    assert "as shipped (the database does not answer)" in evaluated()


def test_command_asks_the_model_when_told_to() -> None:
    found = json.loads(evaluated("--json", "--model", "--set", "development"))
    figures = found["sets"]["development"]
    assert found["model"] == "offline:offline"
    assert figures["open"] == 0
    assert 0 < figures["accuracy"] <= 1
    assert figures["methods"]["model"]["own_milliseconds"].keys() == {"p50", "p95", "p99", "max"}


def test_command_has_all_sets_at_once() -> None:
    found = json.loads(evaluated("--json", "--set", "all"))
    assert found["model"] is None
    assert found["sets"].keys() == {"development", "held_out", "chat_mix"}
    assert found["sets"]["held_out"]["accuracy"] is None


def test_pattern_that_leaves_to_the_model_is_no_worker_and_can_be_stored() -> None:
    assert Pattern.objects.create(**{**GREETING, "target": ROUTER}).pk
