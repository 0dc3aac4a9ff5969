"""Links that give people a role: made, shown once, listed, revoked. And what else a bot's page says about people."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botplatform.models import AgentConfig, AuditEntry, Bot, PairingLink
from tests.admin.rows import Rows, operate, page, shown_ids, told

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]


def address(bot: Bot) -> str:
    return reverse("admin:botplatform_bot_pair", args=[bot.pk])


@pytest.fixture
def tested(kept: Rows) -> Bot:
    """A bot whose name is known."""
    Bot.objects.filter(pk=kept.bot.pk).update(username="tested_bot")
    kept.bot.refresh_from_db()
    found: Bot = kept.bot
    return found


def issue(client: Client, bot: Bot, role: str = "approver") -> str:
    """Make a link; its token."""
    [token] = re.findall(r"https://t\.me/tested_bot\?start=([\w-]+)", client.post(address(bot), {"role": role}).text)
    return str(token)


def open_link(bot: Bot, **fields: Any) -> PairingLink:
    made = {"role": "approver", "token_hash": str(PairingLink.objects.count()), "created_by": "root"}
    return PairingLink.objects.create(**{"bot": bot, "expires_at": timezone.now() + timedelta(hours=1)} | made | fields)


def test_a_link_is_shown_once(tested: Bot, console: Client) -> None:
    token = issue(console, tested)
    link = PairingLink.objects.get()
    assert (link.role, link.created_by) == ("approver", "root")
    assert timedelta(hours=23) < link.expires_at - timezone.now() <= timedelta(hours=24)
    for url in (address(tested), page(tested), page(link)):
        assert token not in console.get(url).text


def test_the_page_with_the_link_is_kept_nowhere(tested: Bot, console: Client) -> None:
    answer = console.post(address(tested), {"role": "admin"})
    assert "no-store" in answer.headers["cache-control"]
    entry = AuditEntry.objects.get(action="bot.change")
    assert (entry.who, entry.told) == ("root", "New pairing link: admin")


def test_without_the_bots_name_the_command_is_shown(kept: Rows, console: Client) -> None:
    assert re.search(r'value="/start [\w-]{20,}"', console.post(address(kept.bot), {"role": "allowed"}).text)


def test_an_unknown_role_makes_no_link(tested: Bot, console: Client) -> None:
    assert console.post(address(tested), {"role": "king"}).status_code == 200
    assert not PairingLink.objects.exists()


def test_a_link_needs_a_csrf_token(tested: Bot, console: Client) -> None:
    console.handler.enforce_csrf_checks = True
    assert console.post(address(tested), {"role": "admin"}).status_code == 403
    assert not PairingLink.objects.exists()


@pytest.mark.parametrize("permissions", [(), ("view_bot",), ("view_bot", "change_bot"), ("add_pairinglink",)], ids=str)
def test_who_may_not_make_links_makes_none(tested: Bot, staff: Staff, permissions: tuple[str, ...]) -> None:
    client = staff(*permissions)
    assert client.get(address(tested)).status_code == 403
    assert client.post(address(tested), {"role": "admin"}).status_code == 403
    assert address(tested) not in client.get(page(tested)).text
    assert not PairingLink.objects.exists()


def test_who_may_make_links_need_not_be_a_superuser(tested: Bot, staff: Staff) -> None:
    client = staff("view_bot", "add_pairinglink")
    assert address(tested) in client.get(page(tested)).text
    issue(client, tested)
    assert PairingLink.objects.get().created_by == "staff"


def test_where_nobody_can_follow_a_link_there_is_none(rows: Rows, console: Client) -> None:
    other = Bot.objects.create(transport="github", slug="other")
    assert address(other) not in console.get(page(other)).text
    assert console.get(address(other)).status_code == 403


def test_a_link_is_revoked(tested: Bot, console: Client, nudges: Nudged) -> None:
    link = open_link(tested)
    assert told(operate(console, "revoke", link, confirmed="yes")) == [f"Pairing link {link.pk} can no longer be used."]
    link.refresh_from_db()
    assert link.expires_at <= timezone.now()


def test_a_used_link_is_not_revoked(tested: Bot, console: Client, nudges: Nudged) -> None:
    link = open_link(tested, used_at=timezone.now())
    assert "was used already" in told(operate(console, "revoke", link, confirmed="yes"))[0]
    link.refresh_from_db()
    assert link.expires_at > timezone.now()


def test_who_may_only_look_revokes_nothing(tested: Bot, staff: Staff, nudges: Nudged) -> None:
    link, client = open_link(tested), staff("view_bot", "view_pairinglink")
    assert "Revoke" not in client.get(page(tested)).text
    operate(client, "revoke", link, confirmed="yes")
    link.refresh_from_db()
    assert link.expires_at > timezone.now()


def test_a_bots_page_lists_its_links(rows: Rows, console: Client) -> None:
    fresh, over = open_link(rows.bot), open_link(rows.bot, expires_at=timezone.now())
    used = open_link(rows.bot, used_at=timezone.now(), used_by_id="77", used_by_name="Eve <b>")
    *_, panel = console.get(page(rows.bot)).context["panels"]
    for link in (fresh, over, used):
        assert page(link) in panel.markup
    assert "Eve &lt;b&gt; (77)" in panel.markup
    assert panel.markup.count('value="revoke"') == 1
    assert shown_ids(console, PairingLink) == [used.pk, over.pk, fresh.pk]


# -- the bot's form


def _save(client: Client, bot: Bot, **changes: Any) -> Any:
    fields = dict.fromkeys(("admin_ids", "approver_ids", "allowed_ids"), "[]")
    fields |= {"username": bot.username, "api_url": bot.api_url, "enabled": "on", "approve_from": "high"}
    return client.post(page(bot), {**fields, "direct_agent": "", "token": "", "secret": "", **changes})


def test_a_bot_answers_without_routing(rows: Rows, console: Client) -> None:
    changes = {"direct_agent": "tested-agent", "approve_from": "low", "approver_ids": '["10", 11]'}
    assert _save(console, rows.bot, **changes).status_code == 302
    saved = Bot.objects.get(pk=rows.bot.pk)
    assert (saved.routing, saved.direct_agent, saved.approve_from) == (False, "tested-agent", "low")
    assert saved.approver_ids == ["10", "11"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"approver_ids": '["ada"]'},
        {"direct_agent": "code-worker"},
        {"direct_agent": "router-agent"},
        {"approve_from": "never"},
    ],
    ids=str,
)
def test_a_bot_that_could_not_work_is_refused(rows: Rows, console: Client, wrong: dict[str, str]) -> None:
    AgentConfig.objects.create(name="code-worker", behaviour="simple-agent")
    answer = _save(console, rows.bot, **wrong)
    assert list(answer.context["adminform"].form.errors) == list(wrong)
