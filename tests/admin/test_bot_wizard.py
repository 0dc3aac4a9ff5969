"""From a token to a bot: whose it is, what it is to be, and nothing of the token anywhere but sealed."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client

from botplatform import logs
from botplatform.models import AuditEntry, Bot, BotAccess
from botplatform.pipeline.onboarding import calling
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
from tests.fakes.github_apps import SECRET, pem
from tests.fakes.telegram import FakeTelegram

__all__ = ["environment", "github", "telegram"]

Environment = Callable[..., None]
Staff = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("empty", "environment")


def paste(client: Client, token: str = NEW, transport: str = "telegram") -> Any:
    return client.post(to("new_token", transport), {"token": token}, follow=True)


def make(client: Client, **fields: str) -> Any:
    return client.post(to("new_account"), {"slug": "second", "delivery": "auto", **fields}, follow=True)


# -- Telegram


def test_a_pasted_token_shows_whose_it_is(console: Client) -> None:
    text = paste(console).text
    assert "@helpful_bot" in text
    assert "Privacy mode is on" in text
    assert not Bot.objects.exists()


def test_the_name_is_proposed_from_the_account(console: Client) -> None:
    a_bot(slug="helpful-bot", account_id="9")
    assert 'value="helpful-bot-2"' in paste(console).text


def test_a_bot_is_made_with_a_secret_of_its_own(console: Client) -> None:
    paste(console)
    answer = make(console, delivery="polling")
    bot = Bot.objects.get()
    assert answer.redirect_chain[-1][0] == to("setup", bot.pk)
    assert (bot.slug, bot.account_id, bot.username, bot.delivery) == ("second", "123456", "helpful_bot", "polling")
    assert stored(bot)["token"] == NEW
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", stored(bot)["secret"])


def test_the_token_stands_nowhere_in_clear(console: Client) -> None:
    pages = [paste(console).text, written(console), make(console).text, written(console)]
    assert not [page for page in pages if NEW in page or NEW.partition(":")[2] in page]
    assert AuditEntry.objects.get(action="bot.add").after["slug"] == "second"


def test_a_token_that_telegram_does_not_know_is_refused_in_words(console: Client, telegram: FakeTelegram) -> None:
    telegram.revoked.add(NEW)
    text = paste(console).text
    assert "Telegram does not accept this" in text
    assert NEW not in text
    assert make(console).redirect_chain[-1][0] == to("new")
    assert not Bot.objects.exists()


@pytest.mark.parametrize("token", ["", "hello", "12345", f"{NEW}/../x", "1" * 400])
def test_what_is_no_token_is_sent_to_nobody(console: Client, telegram: FakeTelegram, token: str) -> None:
    assert paste(console, token).context["form"].errors
    assert telegram.calls == []


def test_a_defect_of_ours_prints_no_token(
    console: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(name: str, account: Any) -> Any:
        raise RuntimeError(f"cannot work with {account.token}")

    monkeypatch.setattr(calling, "transport", broken)
    console.raise_request_exception = False
    answer = console.post(to("new_token", "telegram"), {"token": NEW})
    [ours] = [handler for handler in logging.getLogger().handlers if isinstance(handler, logs._Handler)]
    printed = "".join(map(ours.format, caplog.records))
    assert answer.status_code == 500
    assert "cannot work with" in printed
    assert NEW.partition(":")[2] not in printed + answer.text


def test_telegram_being_away_is_told(console: Client, telegram: FakeTelegram) -> None:
    telegram.refuse(502)
    assert "Telegram could not be asked" in paste(console).text


def test_a_known_account_gets_the_token_instead_of_a_second_bot(console: Client) -> None:
    known = a_bot()
    assert "There is a bot with this account already" in html.unescape(paste(console).text)
    assert make(console).status_code == 200
    console.post(to("new_account"), {"replace": ""})
    assert Bot.objects.count() == 1
    assert stored(known) == {"token": NEW, "secret": "the-first-webhook-secret"}


def test_a_webhook_needs_an_address(console: Client, environment: Environment) -> None:
    paste(console)
    assert "A webhook needs PUBLIC_URL" in make(console, delivery="webhook").text
    environment(PUBLIC_URL=PUBLIC_URL)
    make(console, delivery="webhook")
    assert Bot.objects.get().delivery == "webhook"


def test_a_taken_name_is_refused(console: Client) -> None:
    a_bot(slug="second", account_id="9")
    paste(console)
    assert "There is a bot of this name" in make(console).text


def test_the_old_address_leads_to_the_wizard(console: Client) -> None:
    assert console.get("/admin/bots/new/").headers["location"] == to("new")
    assert to("new") in console.get("/admin/botplatform/bot/").text


# -- GitHub with a token


def test_a_github_token_shows_its_login_and_scopes(console: Client, github: FakeGitHub) -> None:
    github.access.token_headers["x-oauth-scopes"] = "repo"
    text = paste(console, GITHUB_TOKEN, "github").text
    assert "@helpful-bot" in text
    assert "Its scopes: repo." in text


def test_githubs_secret_is_shown_once(console: Client, environment: Environment) -> None:
    environment(PUBLIC_URL=PUBLIC_URL)
    paste(console, GITHUB_TOKEN, "github")
    answer = make(console)
    bot = Bot.objects.get()
    secret = stored(bot)["secret"]
    assert secret in answer.text
    assert f"{PUBLIC_URL}/webhooks/github/second/" in answer.text
    assert "no-store" in answer.headers["cache-control"]
    later = [console.get(to(name, bot.pk)).text for name in ("setup", "state", "change")] + [written(console)]
    assert not [page for page in later if secret in page or GITHUB_TOKEN in page]


def test_the_webhook_is_made_in_a_repository(console: Client, github: FakeGitHub, environment: Environment) -> None:
    environment(PUBLIC_URL=PUBLIC_URL)
    paste(console, GITHUB_TOKEN, "github")
    assert "GitHub has made the webhook in octo/widgets" in make(console, repository="octo/widgets").text
    [hook] = github.hooks.repositories["octo/widgets"]
    assert hook["config"]["secret"] == stored(Bot.objects.get())["secret"]
    assert (hook["config"]["url"], hook["config"]["content_type"]) == (f"{PUBLIC_URL}/webhooks/github/second/", "json")
    assert "issue_comment" in hook["events"]


def test_a_webhook_that_github_refuses_is_left_to_the_operator(console: Client, github: FakeGitHub) -> None:
    paste(console, GITHUB_TOKEN, "github")
    github.refuse(403, "POST */hooks")
    assert "GitHub did not make the webhook" in make(console, repository="octo/widgets").text
    assert Bot.objects.exists()


# -- a GitHub App


@pytest.fixture
def public(environment: Environment) -> None:
    environment(PUBLIC_URL=PUBLIC_URL)


def at_github(client: Client) -> tuple[Any, str]:
    """Fill in our form, post the page's form to GitHub, and return our page and where GitHub sends the browser."""
    page = client.post(to("new_app"), {"name": "mender", "slug": "mender", "organisation": ""})
    [address] = re.findall(r'action="(http[^"]+)"', page.text)
    [manifest] = re.findall(r'name="manifest" value="([^"]+)"', page.text)
    answer = httpx.post(html.unescape(address), data={"manifest": html.unescape(manifest)})
    parts = urlsplit(answer.headers["location"])
    return page, f"{parts.path}?{parts.query}"


def test_an_app_is_made_and_its_credentials_are_sealed(public: None, console: Client) -> None:
    _, back = at_github(console)
    answer = console.get(back, follow=True)
    bot = Bot.objects.get()
    assert stored(bot) == {"app_id": "4711", "private_key": pem(), "secret": SECRET}
    assert (bot.slug, bot.username) == ("mender", "mender")
    assert "/apps/mender/installations/new" in answer.text
    assert not [text for text in (answer.text, written(console)) if SECRET in text or "PRIVATE KEY" in text]


def test_the_manifest_asks_for_what_the_bot_needs(public: None, console: Client, github: FakeGitHub) -> None:
    at_github(console)
    [asked] = github.hooks.manifests.values()
    assert asked["hook_attributes"] == {"url": f"{PUBLIC_URL}/webhooks/github/mender/", "active": True}
    assert asked["default_permissions"] == {
        "issues": "write", "pull_requests": "write", "contents": "write", "metadata": "read",
        "checks": "read", "statuses": "read", "actions": "read",
    }  # fmt: skip
    assert asked["public"] is False


def test_only_that_page_may_post_to_github(public: None, console: Client, github: FakeGitHub) -> None:
    page, _ = at_github(console)
    policies = [page.headers["content-security-policy"], console.get(to("new")).headers["content-security-policy"]]
    assert [f"form-action 'self' {github.url}" in policy for policy in policies] == [True, False]


def test_the_way_back_works_once(public: None, console: Client) -> None:
    _, back = at_github(console)
    console.get(back)
    assert "used before" in console.get(back, follow=True).text
    assert Bot.objects.count() == 1


def test_another_session_cannot_finish_it(public: None, console: Client, staff: Staff, github: FakeGitHub) -> None:
    _, back = at_github(console)
    assert "did not begin here" in staff("add_bot").get(back, follow=True).text
    assert not Bot.objects.exists()
    assert github.count("POST /app-manifests/*") == 0


def test_a_code_that_github_does_not_know_makes_nothing(public: None, console: Client) -> None:
    _, back = at_github(console)
    answer = console.get(re.sub(r"code=\w+", "code=other", back), follow=True)
    assert "GitHub did not hand the App over" in answer.text
    assert not Bot.objects.exists()


def test_without_an_address_there_is_no_app(console: Client) -> None:
    assert "PUBLIC_URL is not set" in console.get(to("new_app")).text


# -- who may


NEW_PAGES = [("new",), ("new_token", "telegram"), ("new_account",), ("new_app",), ("new_app_done",)]


@pytest.mark.parametrize("name", NEW_PAGES, ids=str)
def test_who_may_not_add_bots_gets_none_of_it(staff: Staff, name: tuple[str, ...]) -> None:
    client = staff("view_bot", "change_bot")
    assert [client.get(to(*name)).status_code, client.post(to(*name), {"token": NEW}).status_code] == [403, 403]
    assert Client().get(to(*name)).status_code == 302


def test_who_may_add_bots_need_not_be_a_superuser(staff: Staff) -> None:
    client = staff("add_bot", "view_bot")
    paste(client)
    assert make(client).status_code == 200
    assert Bot.objects.count() == 1


def test_who_is_limited_to_some_bots_adds_none(staff: Staff) -> None:
    client = staff("add_bot", "view_bot")
    limit(client, a_bot())
    assert client.get(to("new")).status_code == 403


def limit(client: Client, bot: Bot) -> None:
    """Let the signed-in person see this bot alone."""
    BotAccess.objects.create(user_id=client.session["_auth_user_id"], bot=bot)


def test_a_draft_is_for_a_new_bot_alone(console: Client) -> None:
    paste(console)
    assert "confirm" not in json.dumps(console.session["bot_draft"])
    other = a_bot(account_id="9", more={"token": OLD})
    console.post(to("renew", other.pk), {"confirm": "yes"})
    assert stored(other)["token"] == OLD
