"""Whose eyes a run looks at GitHub with, and pushes that ask only where the bot has reviewed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from botplatform import reception, sealing
from botplatform.models import Bot, Step
from botplatform.pipeline import bots
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.inbox import Arrival
from botplatform.pipeline.intake import arrival
from botplatform.pipeline.reaching.github import reach
from botplatform.pipeline.reaching.reviewed import settled
from tests.pipeline.builders import claimed, started
from tests.transports.github_bot import BOT_ID, LOGIN, REPOSITORY, conversation, headers, payload
from transports.base import Conversation, Kind

PUSH = "pull_request__synchronize"
ASKED = "pull_request__review_requested_from_bot"


async def github_bot(slug: str = "default", **secrets: str) -> BotRow:
    credentials = sealing.seal({"secret": "s3cret", "token": "ghp_token", **secrets})
    await Bot.objects.acreate(
        transport="github", slug=slug, credentials=credentials, account_id=BOT_ID, username=LOGIN, routing=False
    )
    found = await bots.by_slug("github", slug)
    assert found
    return found


# -- reach


async def test_github_is_seen_from_its_conversation(platform: None) -> None:
    found = await reach(await github_bot(), conversation(13, is_pull=True))
    assert found
    assert (found.repository, found.number, found.is_pull, found.public) == (REPOSITORY, 13, True, True)
    assert (found.login, await found.own_id()) == (LOGIN, BOT_ID)


async def test_conversation_in_a_private_repository_is_not_public(platform: None) -> None:
    hidden = Conversation("1:2", address={"repository": REPOSITORY, "number": 2})
    found = await reach(await github_bot(), hidden)
    assert found
    assert not found.public


@pytest.mark.parametrize(("trusted", "public"), [(False, True), (True, False)])
async def test_elsewhere_only_trusted_people_see_what_is_private(bot: BotRow, trusted: bool, public: bool) -> None:
    await github_bot()
    found = await reach(bot, Conversation("c1"), trusted=trusted)
    assert found
    assert (found.public, found.repository, found.number) == (public, "", None)


async def test_public_chat_never_sees_what_is_private(bot: BotRow) -> None:
    await github_bot()
    found = await reach(bot, Conversation("c1", is_public=True), trusted=True)
    assert found
    assert found.public


async def test_without_an_account_there_is_no_github(bot: BotRow) -> None:
    assert await reach(bot, Conversation("c1"), trusted=True) is None
    nobody = await github_bot(token="")
    assert await reach(nobody, conversation()) is None
    assert await reach(bot, Conversation("c1"), trusted=True) is None


async def test_conversation_without_an_address_sees_public_repositories_only(platform: None) -> None:
    found = await reach(await github_bot(), Conversation("1:2", address={"repository": REPOSITORY}))
    assert found
    assert (found.repository, found.public) == ("", True)


# -- pushes


def came(bot: BotRow, name: str, delivery: str = "d1") -> Arrival:
    body = json.dumps(payload(name)).encode()
    return arrival(bot, headers(name.partition("__")[0], body) | {"x-github-delivery": delivery}, body)


async def used(bot: BotRow, **step: Any) -> None:
    """The bot has been asked for a review, and has used a tool."""
    receipt = await reception.receive(bot, came(bot, ASKED, "d0"))
    assert receipt.session_id
    run = await started(await claimed(receipt.session_id))
    fields = {"kind": "tool", "name": "github_review", "state": "succeeded", **step}
    await Step.objects.acreate(run_id=run, **fields)


async def test_push_where_the_bot_never_reviewed_is_ignored(platform: None) -> None:
    bot = await github_bot()
    receipt = await reception.receive(bot, came(bot, PUSH))
    assert receipt.outcome == "ignored"
    assert (await settled(came(bot, PUSH))).update.ignored == "github_review was never used here"


async def test_push_after_a_review_asks_again(platform: None) -> None:
    bot = await github_bot()
    await used(bot)
    assert (await reception.receive(bot, came(bot, PUSH))).outcome == "queued"


@pytest.mark.parametrize("step", [{"state": "failed"}, {"name": "github_comment"}, {"kind": "model"}])
async def test_push_after_something_else_is_ignored(step: dict[str, Any], platform: None) -> None:
    bot = await github_bot()
    await used(bot, **step)
    assert (await settled(came(bot, PUSH))).update.kind is Kind.OTHER


async def test_review_of_another_bot_does_not_count(platform: None) -> None:
    await used(await github_bot())
    other = await github_bot("second")
    assert (await settled(came(other, PUSH))).update.kind is Kind.OTHER


async def test_same_head_asks_once(platform: None) -> None:
    bot = await github_bot()
    await used(bot)
    await reception.receive(bot, came(bot, PUSH))
    assert (await reception.receive(bot, came(bot, PUSH, "d2"))).outcome == "duplicate"
