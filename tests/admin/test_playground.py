"""The playground's pages: who may try what, what is asked for, and how a trial is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from botplatform.admin.playground.links import address
from botplatform.models import Bot, BotAccess, Message, Trial
from botplatform.pipeline import publishing, vetting
from tests.admin.rows import Rows, conversation, page, told

Staff = Callable[..., Client]
Nudged = Callable[[], list[tuple[str, Any]]]
MAY = ("change_agentdraft", "view_agentconfig")
STORED = ("view_message", "view_step")


def draft(rows: Rows, **says: Any) -> None:
    fields = {**vetting.fields_of(rows.agentconfigversion), "prompt": "Be brief.", **says}
    publishing.save_draft(rows.agentconfig, fields, by="ada")


def run(client: Client, rows: Rows, **data: Any) -> Any:
    return client.post(address(rows.agentconfig.pk), {"bot": rows.bot.pk, "text": "", "batch": "", **data}, follow=True)


def trial_of(rows: Rows, **fields: Any) -> Trial:
    given = {"config": rows.agentconfig, "bot": rows.bot, "says": {}, "text": "What is it?", "created_by": "ada"}
    return Trial.objects.create(**given | fields)


def fragment(client: Client, trial: Trial) -> Any:
    return client.get(f"{address(trial.config_id)}{trial.pk}/")


SIDE = {
    "state": "done", "answer": "<b>It</b> is\u200b that.", "note": "", "model": "anthropic:m", "version": 1, "ms": 1500,
    "route": {"method": "pattern", "target": "hitl-agent", "rule": "<i>p</i>", "note": "", "model": "", "category": "", "ms": 3},
    "steps": [
        {"kind": "model", "name": "m", "state": "succeeded", "said": "Let me see.", "tokens_in": 10, "tokens_out": 5,
         "cost_usd": "0.5", "ms": 900, "error": ""},
        {"kind": "tool", "name": "calculator", "state": "failed", "source": "not recorded", "reason": "", "arguments": {"a": "<u>"},
         "said": "Not recorded: …", "ms": 0},
        {"kind": "tool", "name": "delete_history", "state": "failed", "source": "would ask for approval", "reason": "it is risky",
         "arguments": {}, "said": "", "ms": 0},
    ],
}  # fmt: skip


# -- asking


def test_a_typed_message_is_stored_and_announced(rows: Rows, console: Client, nudges: Nudged) -> None:
    draft(rows)
    answer = run(console, rows, text="What is 6*7?")
    trial = Trial.objects.get()
    assert (trial.text, trial.says["prompt"], trial.version, trial.bot) == (
        "What is 6*7?", "Be brief.", rows.agentconfigversion, rows.bot,
    )  # fmt: skip
    assert nudges() == [("try_out", trial.pk)]
    assert f'data-live="trial-{trial.pk}"' in answer.text


def test_a_stored_message_brings_its_own_bot(rows: Rows, console: Client, nudges: Nudged) -> None:
    other = Bot.objects.create(transport="webchat", slug="other")
    run(console, rows, bot=other.pk, batch=rows.batch.pk)
    trial = Trial.objects.get()
    assert (trial.batch, trial.bot, trial.text) == (rows.batch, rows.bot, "What is it?")


@pytest.mark.parametrize(
    ("data", "why"), [({}, "Write a message"), ({"text": "x", "bot": "0"}, "Select a valid choice")]
)
def test_what_is_missing_is_said(rows: Rows, console: Client, data: dict[str, str], why: str) -> None:
    assert why in run(console, rows, **data).text
    assert not Trial.objects.exists()


def test_a_stored_message_that_is_gone_is_said(rows: Rows, console: Client) -> None:
    Message.objects.all().delete()
    assert told(run(console, rows, batch=rows.batch.pk)) == ["The stored message is gone, or is not yours to see."]
    assert not Trial.objects.exists()


def test_an_update_in_the_address_chooses_its_batch(rows: Rows, console: Client) -> None:
    answer = console.get(address(rows.agentconfig.pk, rows.update.pk))
    assert answer.context["chosen"] == rows.batch.pk
    assert f'value="{rows.batch.pk}" checked' in answer.text


@pytest.mark.parametrize("update", ["0", "999999", "x", "9" * 40, "-1"])
def test_an_update_that_is_not_there_chooses_nothing(rows: Rows, console: Client, update: str) -> None:
    assert console.get(f"{address(rows.agentconfig.pk)}?update={update}").context["chosen"] == 0


def test_the_latest_messages_are_offered_in_a_constant_number_of_queries(
    rows: Rows, console: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    url = address(rows.agentconfig.pk)
    with django_assert_max_num_queries(60) as few:
        console.get(url)
    for _ in range(12):
        conversation()
        trial_of(rows)
    with django_assert_max_num_queries(len(few.captured_queries)):
        answer = console.get(url)
    assert len(answer.context["stored"]) == 13


def test_pages_lead_to_the_playground(rows: Rows, console: Client) -> None:
    draft(rows)
    rows.agentconfig.refresh_from_db()
    for row in (rows.agentconfig, rows.agentconfig.draft):
        assert address(rows.agentconfig.pk) in console.get(page(row)).text


# -- what is shown


def test_sides_are_shown_escaped_with_what_they_took(rows: Rows, console: Client) -> None:
    text = fragment(console, trial_of(rows, state="done", sides={"draft": SIDE, "published": SIDE})).text
    assert "&lt;b&gt;It&lt;/b&gt; is⟨U+200B⟩ that." in text
    assert "<i>p</i>" not in text
    assert "would not come to this agent" in text
    for shown in (
        "10 in, 5 out",
        "$0.500000",
        "1.50 s",
        "not recorded",
        "would ask for approval",
        "because it is risky",
    ):
        assert shown in text


def test_a_trial_that_goes_on_asks_for_itself_and_one_that_is_over_does_not(rows: Rows, console: Client) -> None:
    trial = trial_of(rows, state="running", started_at=timezone.now())
    assert "every 2s" in fragment(console, trial).text
    Trial.objects.filter(pk=trial.pk).update(state="done")
    assert "every 2s" not in fragment(console, trial).text


def test_a_trial_that_nobody_took_is_announced_again(rows: Rows, console: Client, nudges: Nudged) -> None:
    trial = trial_of(rows)
    fragment(console, trial)
    assert nudges() == []
    Trial.objects.filter(pk=trial.pk).update(created_at=timezone.now() - timedelta(seconds=6))
    fragment(console, trial)
    assert nudges() == [("try_out", trial.pk)]


def test_a_lost_trial_is_shown_as_such_and_started_again(rows: Rows, console: Client, nudges: Nudged) -> None:
    trial = trial_of(rows, state="running", started_at=timezone.now() - timedelta(minutes=6))
    answer = fragment(console, trial)
    assert "Its worker has ended without a word." in answer.text
    console.post(f"{address(rows.agentconfig.pk)}{trial.pk}/again/")
    trial.refresh_from_db()
    assert (trial.state, nudges()) == ("queued", [("try_out", trial.pk)])


def test_looking_starts_nothing_anew(rows: Rows, console: Client) -> None:
    trial = trial_of(rows, state="failed", error="broken")
    assert console.get(f"{address(rows.agentconfig.pk)}{trial.pk}/again/").status_code == 405
    trial.refresh_from_db()
    assert trial.state == "failed"


def test_the_offline_model_is_named(rows: Rows, console: Client) -> None:
    trial = trial_of(rows, state="done", sides={"published": {**SIDE, "model": "offline:offline"}})
    assert "the built-in offline model answered" in fragment(console, trial).text


# -- who may


@pytest.mark.parametrize("missing", MAY)
def test_who_lacks_a_permission_tries_nothing(rows: Rows, staff: Staff, missing: str) -> None:
    client, trial = staff(*(name for name in MAY if name != missing), *STORED), trial_of(rows, state="failed")
    assert client.get(address(rows.agentconfig.pk)).status_code == 403
    assert run(client, rows, text="Hello?").status_code == 403
    assert fragment(client, trial).status_code == 403
    assert client.post(f"{address(rows.agentconfig.pk)}{trial.pk}/again/").status_code == 403
    assert Trial.objects.count() == 1


@pytest.mark.parametrize("missing", STORED)
def test_who_may_not_read_messages_or_steps_uses_typed_ones_alone(
    rows: Rows, staff: Staff, nudges: Nudged, missing: str
) -> None:
    client, hidden = staff(*MAY, *(name for name in STORED if name != missing)), trial_of(rows, batch=rows.batch)
    answer = client.get(address(rows.agentconfig.pk, rows.update.pk))
    assert answer.context["stored"] is None
    assert "What is it?" not in answer.text
    assert fragment(client, hidden).status_code == 404
    run(client, rows, batch=rows.batch.pk)
    assert Trial.objects.count() == 1
    run(client, rows, text="Hello?")
    assert Trial.objects.count() == 2


def test_who_is_limited_to_other_bots_finds_nothing_of_this_one(rows: Rows, staff: Staff) -> None:
    client, hidden = staff(*MAY, *STORED), trial_of(rows, text="a secret")
    other = Bot.objects.create(transport="webchat", slug="other")
    BotAccess.objects.create(user=User.objects.get(username="staff"), bot=other)
    answer = client.get(address(rows.agentconfig.pk, rows.update.pk))
    assert (answer.context["stored"], answer.context["chosen"], answer.context["history"]) == ([], 0, [])
    assert fragment(client, hidden).status_code == 404
    run(client, rows, batch=rows.batch.pk)
    run(client, rows, text="Hello?")
    assert Trial.objects.count() == 1
