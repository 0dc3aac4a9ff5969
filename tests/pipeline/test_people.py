"""Commands for people and admins: pairing, lists of things to do, agents, footers for those who may see them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from botplatform.models import Bot, PairingLink, Reply, Session, Update
from botplatform.pipeline import bots, pairing
from tests.pipeline.approving import control_of
from tests.pipeline.builders import Saying, answered, said, session_of
from tests.pipeline.conftest import Say, SetAgent


async def change_bot(bot: bots.BotRow, **fields: Any) -> None:
    await Bot.objects.filter(pk=bot.id).aupdate(updated_at=timezone.now(), **fields)
    bots.forget(bot.id)


@pytest.fixture
async def admin(bot: bots.BotRow) -> str:
    """Somebody with admin commands."""
    await change_bot(bot, admin_ids=["boss"])
    return "boss"


# -- pairing


@pytest.mark.parametrize(
    ("role", "field"), [("admin", "admin_ids"), ("approver", "approver_ids"), ("allowed", "allowed_ids")]
)
async def test_a_link_gives_its_role_once(say: Say, bot: bots.BotRow, role: str, field: str) -> None:
    token = await pairing.issue(bot.id, role, by="olga")
    await control_of(say, f"/start {token}", user="77", chat="77")
    assert getattr(await Bot.objects.aget(pk=bot.id), field) == ["77"]
    await control_of(say, f"/start {token}", user="88", chat="88")
    assert getattr(await Bot.objects.aget(pk=bot.id), field) == ["77"]
    link = await PairingLink.objects.aget()
    assert (link.used_by_id, link.token_hash != token) == ("77", True)


async def test_a_link_opens_the_allow_list(say: Say, bot: bots.BotRow) -> None:
    await change_bot(bot, allowed_ids=["1"])
    assert (await say("hello", user="77", chat="77")).outcome == "ignored"
    token = await pairing.issue(bot.id, "allowed", by="olga")
    await control_of(say, f"/start {token}", user="77", chat="77")
    assert (await say("hello", user="77", chat="77")).outcome == "queued"


async def test_a_wrong_link_tells_a_stranger_nothing(say: Say, bot: bots.BotRow) -> None:
    await change_bot(bot, allowed_ids=["1"])
    await control_of(say, "/start guessed", user="77", chat="77")
    assert await said() == []
    update = await Update.objects.aget()
    assert update.reason == "the author is not on the bot's allow-list"


async def test_a_link_is_worth_nothing_after_its_time(say: Say, bot: bots.BotRow) -> None:
    token = await pairing.issue(bot.id, "admin", by="olga")
    await PairingLink.objects.aupdate(expires_at=timezone.now())
    await control_of(say, f"/start {token}")
    assert (await Bot.objects.aget(pk=bot.id)).admin_ids == []
    assert "its time is over" in (await said())[-1]


async def test_a_link_is_not_used_up_in_a_group(say: Say, bot: bots.BotRow) -> None:
    token = await pairing.issue(bot.id, "admin", by="olga")
    await control_of(say, f"/start {token}", group=True, chat="g")
    assert (await PairingLink.objects.aget()).used_at is None


def test_an_address_is_a_deep_link_on_telegram() -> None:
    assert pairing.address("telegram", "my_bot", "abc") == "https://t.me/my_bot?start=abc"
    assert pairing.address("webchat", "", "abc") == "/start abc"


# -- things to do


async def test_things_are_added_ticked_off_and_taken_away(say: Say) -> None:
    for text in ["/todo buy milk", "/todo call Ann", "/todo done 1", "/todo remove 2", "/todo"]:
        await control_of(say, text)
    assert (await said())[-1] == "Things to do:\n\n- ☑ 1: buy milk"
    await control_of(say, "/todo done 7")
    assert (await said())[-1].startswith("There is no open item 7.")


async def test_each_conversation_has_its_own_list(say: Say) -> None:
    await control_of(say, "/todo buy milk")
    await control_of(say, "/todo", chat="c2")
    assert (await said())[-1].startswith("There is nothing to do.")


# -- admins


@pytest.mark.parametrize("command", ["/agents", "/debug on"])
async def test_admin_commands_do_not_exist_for_others(say: Say, command: str) -> None:
    await control_of(say, command)
    assert (await said())[-1].startswith("I do not know")
    assert "/agents" not in (await said())[-1].split("Commands:")[1]


async def test_agents_are_listed_for_admins(say: Say, admin: str) -> None:
    await control_of(say, "/agents", user=admin)
    assert "**simple-agent** (v1" in "".join(await said())


async def test_an_admin_sees_how_answers_came_about(say: Say, admin: str, agent: SetAgent) -> None:
    agent(Saying())
    await control_of(say, "/debug on", user=admin)
    await answered((await say("hello", user=admin)).session_id)
    assert any("route: direct → simple-agent" in text for text in await said())
    before = len(await said())
    await control_of(say, "/debug off", user=admin)
    await answered((await say("hello again", user=admin)).session_id)
    assert not any("route:" in text for text in (await said())[before:])


async def test_somebody_who_is_no_admin_any_more_sees_nothing(
    say: Say, admin: str, agent: SetAgent, bot: bots.BotRow
) -> None:
    agent(Saying())
    await control_of(say, "/debug on", user=admin)
    await Bot.objects.filter(pk=bot.id).aupdate(admin_ids=[])
    bots.forget(bot.id)
    await answered((await say("hello", user=admin)).session_id)
    assert not await Reply.objects.filter(text__contains="route:").aexists()


async def test_in_a_group_details_go_to_the_admin_alone(
    say: Say, admin: str, agent: SetAgent, bot: bots.BotRow
) -> None:
    agent(Saying())
    own = await session_of(bot.id, key=admin)
    await control_of(say, "/debug on", user=admin, group=True, chat="g")
    await answered((await say("hello", group=True, chat="g", user="somebody")).session_id)
    told = [reply async for reply in Reply.objects.filter(text__contains="route:")]
    assert [reply.session_id for reply in told] == [own.pk]
    group = await Session.objects.aget(key="g")
    assert [reply.text async for reply in Reply.objects.filter(session=group).exclude(kind="placeholder")] == [
        "the answer"
    ]
