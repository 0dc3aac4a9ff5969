"""Canaries in the console: started on an agent's page, watched, stopped and promoted; who may do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from botplatform.models import AgentConfig, AuditEntry, Canary
from botplatform.pipeline import publishing, vetting
from botplatform.pipeline.canaries import changing
from botplatform.pipeline.canaries.verdict import Thresholds
from tests.admin.rows import Rows, listed, operate, page, told

Staff = Callable[..., Client]
SAYS = {
    "version": "draft", "share_percent": "10", "min_runs": "20", "max_error_percent": "10", "max_cost_percent": "50",
    "max_wrong_percent": "10", "note": "Shorter",
}  # fmt: skip
SIDE = {
    "runs": 20, "failed": 18, "tokens": 100.0, "cost_usd": 0.01, "cost_deviation": 0.0, "p95_ms": 900, "judged": 4, "wrong": 1
}  # fmt: skip


def start_url(rows: Rows) -> str:
    return reverse("admin:botplatform_agentconfig_canary", args=[rows.agentconfig.pk])


def draft(rows: Rows, prompt: str = "Be brief.") -> None:
    says = {**vetting.fields_of(rows.agentconfigversion), "prompt": prompt}
    publishing.save_draft(AgentConfig.objects.get(pk=rows.agentconfig.pk), says, by="ada")


def start(client: Client, rows: Rows, **more: Any) -> Any:
    seen = publishing.seen(AgentConfig.objects.get(pk=rows.agentconfig.pk))
    return client.post(start_url(rows), {**SAYS, "seen": seen, **more}, follow=True)


def running(rows: Rows) -> Canary:
    draft(rows)
    config = AgentConfig.objects.get(pk=rows.agentconfig.pk)
    return changing.start(config, 10, Thresholds(20, 10, 50, 10), by="ada")


def published(rows: Rows) -> int | None:
    return AgentConfig.objects.get(pk=rows.agentconfig.pk).published_id


# -- starting


def test_the_form_has_safe_defaults_and_shows_what_changes(rows: Rows, console: Client) -> None:
    draft(rows)
    answer = console.get(start_url(rows))
    form = answer.context["form"]
    assert [form[name].initial for name in ("share_percent", "min_runs", "max_error_percent")] == [10, 20, 10]
    assert "+Be brief." in answer.text


def test_a_draft_becomes_a_canary(rows: Rows, console: Client) -> None:
    draft(rows)
    answer = start(console, rows)
    canary = Canary.objects.get()
    assert (canary.version.number, canary.version.note, canary.share_percent) == (2, "Shorter", 10)
    assert published(rows) == rows.agentconfigversion.pk
    assert told(answer) == [
        "tested-agent: started a canary: version 2 on 10 % of the conversations. It answers them within five seconds."
    ]
    entry = AuditEntry.objects.get(action="canary.start")
    assert (entry.who, entry.object_id, entry.why) == ("root", str(canary.pk), "Shorter")


def test_an_older_version_may_be_tried(rows: Rows, console: Client) -> None:
    draft(rows)
    publishing.publish(rows.agentconfig, by="ada")
    start(console, rows, version=str(rows.agentconfigversion.pk))
    assert Canary.objects.get().version == rows.agentconfigversion


@pytest.mark.parametrize(
    ("name", "value"), [("share_percent", "0"), ("share_percent", "101"), ("min_runs", "4"), ("version", "7")]
)
def test_what_is_out_of_bounds_is_refused(rows: Rows, console: Client, name: str, value: str) -> None:
    draft(rows)
    assert start(console, rows, **{name: value}).context["form"].errors
    assert not Canary.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_looked_at_again(rows: Rows, console: Client) -> None:
    draft(rows)
    assert told(start(console, rows, seen="0/"))[0].startswith("Somebody else has changed this agent meanwhile.")
    assert not Canary.objects.exists()


def test_a_second_canary_is_refused_in_words(rows: Rows, console: Client) -> None:
    running(rows)
    draft(rows, "Be bold.")
    assert "A canary is running already." in start(console, rows).text
    assert Canary.objects.count() == 1


def test_without_anything_to_try_there_is_nothing_to_press(rows: Rows, console: Client) -> None:
    answer = console.get(start_url(rows))
    assert "There is no draft, and no version but the published one." in answer.text
    assert "Start the canary" not in answer.text


# -- watching and ending


def test_the_agents_page_shows_the_running_canary_and_those_before(rows: Rows, console: Client) -> None:
    old = running(rows)
    changing.stop(old.pk, by="bob")
    canary = running_again(rows)
    Canary.objects.filter(pk=canary.pk).update(evidence=evidence())
    text = console.get(page(rows.agentconfig)).text
    assert "90.0% (18 of 20)" in text
    assert "Canaries so far" in text
    assert f"/canary/{canary.pk}/" in text


def running_again(rows: Rows) -> Canary:
    draft(rows, "Be bold.")
    return changing.start(AgentConfig.objects.get(pk=rows.agentconfig.pk), 10, Thresholds(20, 10, 50, 10), by="ada")


def evidence() -> dict[str, Any]:
    beside = {**SIDE, "runs": 30, "failed": 1}
    return {
        "canary": SIDE, "beside": beside, "compared_with": "version 1 since the canary began", "thresholds": {},
        "failing_runs": [5], "wrong_batches": [7],
    }  # fmt: skip


def test_the_evidence_stands_on_its_page(rows: Rows, console: Client) -> None:
    canary = running(rows)
    Canary.objects.filter(pk=canary.pk).update(
        evidence=evidence(), state="returned", reason="<b>too</b> dear", ended_by="by itself"
    )
    for url in (page(canary), figures_url(canary)):
        text = console.get(url).text
        assert "&lt;b&gt;too&lt;/b&gt; dear" in text
        for shown in ("3.3% (1 of 30)", "run 5", "batch 7", "version 1 since the canary began", "25.0% (1 of 4)"):
            assert shown in text


def figures_url(canary: Canary) -> str:
    return reverse("admin:botplatform_agentconfig_canary_figures", args=[canary.config_id, canary.pk])


def test_stopping_and_promoting_are_confirmed_and_written_down(kept: Rows, console: Client) -> None:
    canary = running(kept)
    operate(console, "promote", canary)
    canary.refresh_from_db()
    assert canary.state == "running"
    answer = operate(console, "promote", canary, confirmed="yes", why="it is better")
    canary.refresh_from_db()
    assert (canary.state, canary.ended_by, published(kept)) == ("promoted", "root", canary.version_id)
    assert told(answer) == [f"Canary {canary.pk} was promoted: its version is published."]
    assert AuditEntry.objects.get(action="canary.promote").why == "it is better"
    assert told(operate(console, "stop", canary, confirmed="yes")) == [f"Canary {canary.pk} has ended already."]


def test_what_has_ended_has_no_buttons(rows: Rows, console: Client) -> None:
    canary = running(rows)
    assert [op.name for op in console.get(page(canary)).context["operations"]] == ["promote", "stop"]
    changing.stop(canary.pk, by="bob")
    assert list(console.get(page(canary)).context["operations"]) == []


# -- who may


@pytest.mark.parametrize("missing", ["add_canary", "change_agentconfig"])
def test_who_lacks_a_permission_starts_nothing(rows: Rows, staff: Staff, missing: str) -> None:
    draft(rows)
    may = {"add_canary", "change_agentconfig", "view_agentconfig", "view_canary"} - {missing}
    client = staff(*may)
    assert client.get(start_url(rows)).status_code == 403
    assert start(client, rows).status_code == 403
    assert not Canary.objects.exists()


@pytest.mark.parametrize(("name", "permission"), [("stop", "change_agentconfig"), ("promote", "change_canary")])
def test_one_permission_is_not_the_other(kept: Rows, staff: Staff, name: str, permission: str) -> None:
    canary = running(kept)
    operate(staff("view_canary", permission), name, canary, confirmed="yes")
    canary.refresh_from_db()
    assert canary.state == "running"


def test_canaries_are_seen_by_those_who_may(rows: Rows, staff: Staff) -> None:
    canary = running(rows)
    client = staff("view_agentconfig")
    for url in (listed(Canary), page(canary), figures_url(canary)):
        assert client.get(url).status_code == 403
    assert not any("Canary" in panel.title for panel in client.get(page(rows.agentconfig)).context["panels"])


def test_nobody_edits_a_canary_by_hand(rows: Rows, console: Client) -> None:
    canary = running(rows)
    assert console.post(page(canary), {"share_percent": "99"}).status_code == 403
    assert console.get(reverse("admin:botplatform_canary_add")).status_code == 403


def test_an_agent_that_is_not_there_is_not_found(rows: Rows, console: Client) -> None:
    assert console.get(reverse("admin:botplatform_agentconfig_canary", args=[999_999])).status_code == 404
