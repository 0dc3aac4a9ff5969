"""A bot that is there: what its provider says, new tokens, new secrets, test messages, what failed meanwhile."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from botplatform import sealing
from botplatform.models import AuditEntry, Bot, PairingLink, Reply, Session
from botplatform.pipeline.onboarding import delivering
from tests.admin.conftest import nudges
from tests.admin.rows import operate, page
from tests.admin.test_bot_wizard import limit
from tests.admin.wizard import (
    GITHUB_TOKEN,
    NEW,
    OLD,
    PUBLIC_URL,
    a_bot,
    environment,
    github,
    stored,
    telegram,
    to,
    written,
)
from tests.fakes.github import FakeGitHub
from tests.fakes.github_apps import pem
from tests.fakes.telegram import FakeTelegram

__all__ = ["environment", "github", "nudges", "telegram"]

Environment = Callable[..., None]
Staff = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("empty", "environment")


@pytest.fixture
def bot(telegram: FakeTelegram) -> Bot:
    return a_bot(api_url=telegram.url)


@pytest.fixture
def app(github: FakeGitHub) -> Bot:
    """A GitHub App."""
    values = {"app_id": "4711", "private_key": pem(), "secret": "the-first-webhook-secret"}
    return Bot.objects.create(
        transport="github", slug="app", username="helpful-bot", api_url=github.url, credentials=sealing.seal(values)
    )


@pytest.fixture
def public(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> str:
    """Reachable from outside, and no other process to wait for."""
    environment(PUBLIC_URL=PUBLIC_URL)
    monkeypatch.setattr(delivering, "KNOWN_AFTER_SECONDS", 0.0)
    return PUBLIC_URL


def shown(client: Client, bot: Bot) -> str:
    """What the fragment says."""
    return html.unescape(client.get(to("state", bot.pk)).text)


def check(client: Client, bot: Bot) -> str:
    """Press the button, then look."""
    operate(client, "check", bot, from_page="1")
    return shown(client, bot)


# -- what the provider says


def test_a_bot_nobody_has_asked_about_is_connecting(console: Client, bot: Bot) -> None:
    assert "connecting" in shown(console, bot)


def test_a_check_stores_what_telegram_says(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    telegram.push({"update_id": 1})
    text = check(console, bot)
    assert "connected" in text
    assert "as of" in text
    status = Bot.objects.get().provider_status
    assert (status["url"], status["pending"], status["way"]) == ("", 1, "polling")


def test_a_webhook_that_leads_elsewhere_is_named_with_its_mend(
    console: Client, bot: Bot, telegram: FakeTelegram, public: str
) -> None:
    telegram.queue.webhook = {"url": "https://elsewhere.example/hook"}
    assert "delivers to https://elsewhere.example/hook, not to" in check(console, bot)
    operate(console, "register", bot, from_page="1")
    assert telegram.queue.webhook["url"] == f"{public}/webhooks/telegram/helper/"
    assert telegram.queue.webhook["secret_token"] == "the-first-webhook-secret"
    assert "not to" not in shown(console, bot)


def test_a_recent_error_is_told_and_an_old_one_only_listed(
    console: Client, bot: Bot, telegram: FakeTelegram, public: str
) -> None:
    operate(console, "register", bot)
    now = datetime.now(UTC)
    says = {"last_error_message": "Wrong response from the webhook: 502 Bad Gateway", "ip_address": "192.0.2.1"}
    telegram.webhook_says = {**says, "last_error_date": int(now.timestamp())}
    assert "Telegram reported at" in check(console, bot)
    telegram.webhook_says = {**says, "last_error_date": int((now - timedelta(hours=5)).timestamp())}
    text = check(console, bot)
    assert "Telegram reported at" not in text
    assert ("502 Bad Gateway" in text, "192.0.2.1" in text) == (True, True)


def test_updates_that_pile_up_are_told(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    for number in range(25):
        telegram.push({"update_id": number})
    assert "25 updates wait at Telegram" in check(console, bot)


def test_a_webhook_stands_in_the_way_of_polling(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    telegram.queue.webhook = {"url": "https://elsewhere.example/hook"}
    assert "so nothing can be polled" in check(console, bot)
    operate(console, "register", bot)
    assert telegram.queue.webhook == {}


def test_an_apps_failed_deliveries_are_counted(console: Client, app: Bot, github: FakeGitHub, public: str) -> None:
    github.hooks.app = {"url": f"{public}/webhooks/github/app/"}
    github.hooks.deliver(502, guid="lost", said="failed to connect")
    github.hooks.deliver(500, guid="mended")
    github.hooks.deliver(200, guid="mended")
    text = check(console, app)
    assert "1 of the latest deliveries failed (502)" in text
    assert "issues opened" in text


def test_an_app_is_registered_with_its_secret(console: Client, app: Bot, github: FakeGitHub, public: str) -> None:
    github.hooks.app = {"url": "https://elsewhere.example/"}
    operate(console, "register", app)
    assert github.hooks.app["url"] == f"{public}/webhooks/github/app/"
    assert github.hooks.app["secret"] == "the-first-webhook-secret"


def test_an_apps_link_to_be_installed_leads_to_its_page(console: Client, app: Bot, github: FakeGitHub) -> None:
    Bot.objects.update(username="helpful-bot[bot]")
    assert f"{github.url}/apps/helpful-bot/installations/new" in console.get(to("setup", app.pk)).text


def test_a_page_asks_the_provider_nothing(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    console.get(page(bot))
    shown(console, bot)
    assert telegram.calls == []


def test_what_the_provider_says_is_escaped(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    telegram.queue.webhook = {"url": "https://x.example/<script>"}
    operate(console, "check", bot)
    assert "<script>" not in console.get(to("state", bot.pk)).text


# -- the token was revoked


def test_a_revoked_token_is_shown_first_with_its_mend(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    telegram.revoked.add(OLD)
    assert "The token was revoked" in check(console, bot)
    text = console.get(page(bot)).text
    assert "Telegram complains: Unauthorized" in text
    assert to("renew", bot.pk) in text


def test_a_new_token_of_the_same_account_mends_it(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    telegram.revoked.add(OLD)
    check(console, bot)
    answer = console.post(to("renew", bot.pk), {"token": NEW}, follow=True)
    assert "has new credentials" in answer.text
    bot.refresh_from_db()
    assert (bot.problem, stored(bot)) == ("", {"token": NEW, "secret": "the-first-webhook-secret"})
    assert NEW not in answer.text + written(console)


def test_a_new_token_that_does_not_work_changes_nothing(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    telegram.revoked.add(NEW)
    assert "Telegram does not accept this" in console.post(to("renew", bot.pk), {"token": NEW}).text
    assert stored(bot)["token"] == OLD


def test_the_token_of_another_account_is_asked_about(console: Client, bot: Bot) -> None:
    other = "777777:AAHtoken_of-another-account-000000"
    answer = console.post(to("renew", bot.pk), {"token": other})
    assert "belongs to another account" in answer.text
    assert stored(bot)["token"] == OLD
    assert other not in answer.text + written(console)
    console.post(to("renew", bot.pk), {"confirm": "yes"})
    assert (stored(bot)["token"], Bot.objects.get().account_id) == (other, "777777")


def test_an_app_gets_a_new_key(console: Client, app: Bot, github: FakeGitHub) -> None:
    answer = console.post(to("renew", app.pk), {"private_key": pem()}, follow=True)
    assert "has new credentials" in answer.text
    assert stored(app)["app_id"] == "4711"


def test_a_key_that_cannot_be_read_is_not_sent_back(console: Client, app: Bot) -> None:
    broken = "-----BEGIN RSA PRIVATE KEY-----\nMIIEbroken\n-----END RSA PRIVATE KEY-----"
    text = console.post(to("renew", app.pk), {"private_key": broken}).text
    assert "GitHub does not accept this" in text
    assert "MIIEbroken" not in text


def failed(bot: Bot, error: str) -> Reply:
    session, _ = Session.objects.get_or_create(bot=bot, key="7", defaults={"kind": "private"})
    return Reply.objects.create(session=session, kind="answer", text="It is that.", state="failed", error=error)


@pytest.mark.usefixtures("nudges")
def test_what_failed_meanwhile_is_sent_after_all(console: Client, bot: Bot) -> None:
    lost, other = failed(bot, "Unauthorized"), failed(bot, "Bad Request: chat not found")
    assert "1 reply failed while" in shown(console, bot)
    operate(console, "send_unsent", bot, confirmed="yes")
    assert [Reply.objects.get(pk=one.pk).state for one in (lost, other)] == ["pending", "failed"]
    assert "failed while" not in shown(console, bot)


def test_nothing_is_sent_after_all_while_the_token_is_bad(console: Client, bot: Bot) -> None:
    failed(bot, "Unauthorized")
    Bot.objects.update(problem="Unauthorized")
    assert "Send what failed" not in console.get(page(bot)).text


# -- the webhook secret


def test_a_secret_telegram_is_told_is_never_shown(console: Client, bot: Bot, public: str) -> None:
    answer = console.post(to("rotate", bot.pk), {"why": "yearly"}, follow=True)
    new = stored(bot)["secret"]
    assert new != "the-first-webhook-secret"
    assert [one["secret"] for one in stored(bot)["previous"]] == ["the-first-webhook-secret"]
    assert "A new webhook secret is on its way" in answer.text
    assert new not in answer.text + written(console)
    assert AuditEntry.objects.get(action="bot.rotate-secret").why == "yearly"


def test_a_secret_that_is_typed_in_at_github_is_shown_once(console: Client, github: FakeGitHub) -> None:
    bot = a_bot("github", api_url=github.url)
    answer = console.post(to("rotate", bot.pk), {"why": ""})
    assert stored(bot)["secret"] in answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert stored(bot)["secret"] not in shown(console, bot) + console.get(page(bot)).text + written(console)


def test_the_old_secret_ends_after_the_operators_word(console: Client, github: FakeGitHub) -> None:
    bot = a_bot("github", api_url=github.url)
    console.post(to("rotate", bot.pk), {"why": ""})
    assert "still to be told the new webhook secret by hand" in shown(console, bot)
    operate(console, "has_told", bot, confirmed="yes")
    assert "for deliveries under way" in shown(console, bot)


def test_a_secret_entered_by_hand_leaves_the_old_one_in_force(console: Client, bot: Bot) -> None:
    fields = dict.fromkeys(("admin_ids", "approver_ids", "allowed_ids"), "[]")
    fields |= {"username": "x", "api_url": bot.api_url, "enabled": "on", "approve_from": "high", "direct_agent": ""}
    assert console.post(page(bot), {**fields, "token": "", "secret": "another-webhook-secret"}).status_code == 302
    assert stored(bot)["secret"] == "another-webhook-secret"
    assert stored(bot)["previous"][0]["secret"] == "the-first-webhook-secret"


# -- a test message


def test_nobody_can_be_written_to_before_somebody_paired(console: Client, bot: Bot) -> None:
    assert "Telegram lets no bot write first" in console.get(to("setup", bot.pk)).text


def test_a_test_message_reaches_an_admin(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    Bot.objects.update(admin_ids=["77"])
    PairingLink.objects.create(
        bot=bot, role="admin", token_hash="h", expires_at=datetime.now(UTC), used_by_id="77", used_by_name="Ada"
    )
    assert "Ada" in console.get(to("people", bot.pk)).text
    answer = console.post(to("greet", bot.pk), {"person": "77"}, follow=True)
    assert "The test message was sent" in answer.text
    assert "this bot is connected" in telegram.texts(77)[0]


def test_a_refused_test_message_shows_telegrams_words(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    Bot.objects.update(admin_ids=["77"])
    telegram.blocked.add(77)
    answer = console.post(to("greet", bot.pk), {"person": "77"}, follow=True)
    assert "was not sent: Forbidden: bot was blocked by the user" in answer.text


def test_a_test_message_goes_to_the_bots_own_people_alone(console: Client, bot: Bot, telegram: FakeTelegram) -> None:
    assert console.post(to("greet", bot.pk), {"person": "88"}).status_code == 403
    assert telegram.calls == []


# -- who may


@pytest.mark.parametrize("name", ["renew", "rotate", "greet"])
def test_who_may_only_look_changes_no_credentials(staff: Staff, bot: Bot, name: str) -> None:
    client = staff("view_bot", "add_bot")
    before = stored(bot)
    assert client.post(to(name, bot.pk), {"token": NEW, "why": "", "person": "1"}).status_code == 403
    assert stored(bot) == before
    text = client.get(page(bot)).text
    assert to(name, bot.pk) not in text


@pytest.mark.parametrize("name", ["renew", "rotate", "setup", "state", "people"])
def test_a_bot_outside_ones_reach_is_not_there(staff: Staff, bot: Bot, name: str) -> None:
    client = staff("view_bot", "change_bot")
    limit(client, a_bot(slug="own", account_id="9"))
    assert client.get(to(name, bot.pk)).status_code == 404


@pytest.mark.parametrize("name", ["renew", "rotate", "setup", "state"])
def test_who_may_change_bots_opens_its_pages(staff: Staff, bot: Bot, name: str) -> None:
    assert staff("view_bot", "change_bot").get(to(name, bot.pk)).status_code == 200


@pytest.mark.parametrize("operation", ["check", "register", "send_unsent", "has_told"])
def test_who_may_only_look_performs_nothing(staff: Staff, bot: Bot, telegram: FakeTelegram, operation: str) -> None:
    operate(staff("view_bot"), operation, bot, confirmed="yes")
    assert telegram.calls == []
    assert not AuditEntry.objects.filter(action__startswith="bot.").exists()


def test_a_github_token_is_tried_too(console: Client, github: FakeGitHub) -> None:
    bot: Any = a_bot("github", api_url=github.url)
    github.revoke(GITHUB_TOKEN)
    assert "GitHub does not accept the credentials" in check(console, bot)
