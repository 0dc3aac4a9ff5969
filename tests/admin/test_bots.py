"""A bot's secrets go in and never come out."""

from __future__ import annotations

from typing import Any

import pytest
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from botplatform import logs, sealing
from botplatform.models import AuditEntry, Bot
from tests.admin.rows import SECRET, TOKEN, Rows, page

NEW = "515151:AAGanother_token-of-the-same-length-xx"


def _save(client: Client, bot: Bot, **changes: Any) -> Any:
    fields = {"username": bot.username, "api_url": bot.api_url, "admin_ids": "[]", "allowed_ids": "[]", "enabled": "on"}
    fields |= {"approver_ids": "[]", "routing": "on", "direct_agent": "", "approve_from": "high"}
    return client.post(page(bot), {**fields, "token": "", "secret": "", **changes})


def _stored() -> dict[str, Any]:
    return sealing.unseal(Bot.objects.get(slug="tested").credentials)


def test_no_page_shows_a_secret(rows: Rows, console: Client) -> None:
    text = console.get(page(rows.bot)).text
    assert "secret, token" in text
    assert not [value for value in (TOKEN, SECRET, rows.bot.credentials) if value in text]


def test_a_blank_secret_stays_as_it_is(rows: Rows, console: Client) -> None:
    assert _save(console, rows.bot, username="renamed").status_code == 302
    assert Bot.objects.get(slug="tested").username == "renamed"
    assert _stored() == {"token": TOKEN, "secret": SECRET}


def test_a_new_token_is_stored_sealed(rows: Rows, console: Client) -> None:
    assert _save(console, rows.bot, token=NEW).status_code == 302
    assert NEW not in Bot.objects.get(slug="tested").credentials
    assert _stored() == {"token": NEW, "secret": SECRET}


def test_neither_history_nor_logs_name_a_new_secret(rows: Rows, console: Client) -> None:
    _save(console, rows.bot, secret="brand-new-secret-value")
    entry = AuditEntry.objects.get(action="bot.change")
    assert "brand-new" not in str(model_to_dict(entry))
    assert logs.redact("got brand-new-secret-value") == "got [redacted]"


def test_a_refused_form_does_not_send_the_secret_back(rows: Rows, console: Client) -> None:
    answer = _save(console, rows.bot, token=NEW, admin_ids='["not a number"]')
    assert "Ids are numbers." in answer.text
    assert NEW not in answer.text


def test_a_stored_token_does_not_go_to_a_new_address(rows: Rows, console: Client) -> None:
    assert "Enter it again" in _save(console, rows.bot, api_url="https://elsewhere.example").text
    assert _save(console, rows.bot, api_url="https://elsewhere.example", token=NEW).status_code == 302


@pytest.mark.parametrize("url", ["ftp://there", "javascript:alert(1)", "there"])
def test_an_address_is_one_of_the_web(rows: Rows, console: Client, url: str) -> None:
    assert "Write an address" in _save(console, rows.bot, api_url=url, token=NEW).text


def test_saving_leaves_what_the_pipeline_wrote_meanwhile(rows: Rows, console: Client) -> None:
    before = rows.bot
    Bot.objects.filter(pk=before.pk).update(problem="401", account_id="9")
    _save(console, before, username="renamed")
    after = Bot.objects.get(pk=before.pk)
    assert (after.problem, after.account_id, after.username) == ("401", "9", "renamed")


def test_a_bot_can_be_added(rows: Rows, console: Client) -> None:
    fields = {
        "transport": "telegram",
        "slug": "second",
        "admin_ids": "[5]",
        "approver_ids": "[]",
        "allowed_ids": "[]",
        "routing": "on",
        "direct_agent": "",
        "approve_from": "high",
        "token": NEW,
        "secret": "s" * 20,
    }
    assert console.post(reverse("admin:botplatform_bot_add"), fields).status_code == 302
    added = Bot.objects.get(slug="second")
    assert (added.admin_ids, sealing.unseal(added.credentials)["token"]) == (["5"], NEW)
