"""Who may decide approvals in the web chat: whoever may at the console, about the same bots."""

from __future__ import annotations

import dataclasses

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User

from botplatform.models import Bot, BotAccess
from botplatform.pipeline import bots, rights
from transports.base import Author


@pytest.fixture
async def approver(platform: None) -> User:
    user = await User.objects.acreate(username="pia", is_staff=True)
    permission = await Permission.objects.aget(codename="decide_approval")
    await sync_to_async(user.user_permissions.add)(permission)
    return user


async def may_approve(user: User, bot: bots.BotRow) -> bool:
    webchat = dataclasses.replace(bot, transport_name="webchat")
    return (await rights.of(webchat, None, Author(str(user.pk), "Pia"))).may_approve


async def test_an_approver_without_limits_decides(approver: User, bot: bots.BotRow) -> None:
    assert await may_approve(approver, bot)


async def test_an_approver_of_this_bot_decides(approver: User, bot: bots.BotRow) -> None:
    await BotAccess.objects.acreate(user=approver, bot_id=bot.id)
    assert await may_approve(approver, bot)


async def test_an_approver_of_other_bots_does_not(approver: User, bot: bots.BotRow) -> None:
    other = await Bot.objects.acreate(transport="fake", slug="other")
    await BotAccess.objects.acreate(user=approver, bot=other)
    assert not await may_approve(approver, bot)


@pytest.mark.parametrize("identity", ["", "0", "guest-1", "²", "٣", "9" * 30])
async def test_a_guest_does_not(bot: bots.BotRow, identity: str) -> None:
    webchat = dataclasses.replace(bot, transport_name="webchat")
    assert not (await rights.of(webchat, None, Author(identity, "Guest"))).may_approve
