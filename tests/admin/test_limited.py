"""Somebody who is limited to one bot: nothing of another bot is shown, offered or taken, on pages about all of them either."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from botplatform.models import Bot, BotAccess, InfoPage
from botplatform.models.agent import AgentOverride
from tests.admin.people import browser, person
from tests.admin.rows import Rows, page

SECRET = "Only the other bot says so."


@pytest.fixture
def other(rows: Rows) -> Bot:
    """A bot with instructions and a page of its own."""
    bot = Bot.objects.create(transport="telegram", slug="other")
    AgentOverride.objects.create(config=rows.agentconfig, bot=bot, instructions=SECRET)
    InfoPage.objects.create(title="Other", text=SECRET, bot=bot)
    InfoPage.objects.create(title="Shared", text="For all bots.")
    return bot


@pytest.fixture
def engineer(rows: Rows, other: Bot) -> Client:
    """Of the tested bot alone."""
    user = person("Engineer")
    BotAccess.objects.create(user=user, bot=rows.bot)
    return browser(user)


def test_an_agents_page_shows_no_instructions_of_other_bots(rows: Rows, engineer: Client) -> None:
    answer = engineer.get(page(rows.agentconfig))
    assert (answer.status_code, SECRET in answer.text) == (200, False)


def test_files_of_all_bots_are_neither_given_nor_taken(engineer: Client) -> None:
    assert engineer.get(reverse("admin:botplatform_agentconfig_export")).status_code == 403
    assert engineer.get(reverse("admin:botplatform_agentconfig_import")).status_code == 403


def test_an_override_is_made_for_a_bot_of_ones_own_alone(rows: Rows, other: Bot, engineer: Client) -> None:
    AgentOverride.objects.all().delete()
    for bot in (other, rows.bot):
        said = {"bot": bot.pk, "config": rows.agentconfig.pk, "instructions": "Do as I say.", "model": ""}
        engineer.post(reverse("admin:botplatform_agentoverride_add"), said)
    assert list(AgentOverride.objects.values_list("bot", flat=True)) == [rows.bot.pk]


def test_pages_of_other_bots_are_not_there(engineer: Client) -> None:
    other, shared = InfoPage.objects.get(title="Other"), InfoPage.objects.get(title="Shared")
    listed = engineer.get(reverse("admin:botplatform_infopage_changelist")).text
    assert ("Shared" in listed, SECRET in listed) == (True, False)
    assert engineer.get(page(shared)).status_code == 200
    assert engineer.get(page(other)).status_code in (302, 403, 404)


def test_no_page_is_moved_to_another_bot(rows: Rows, other: Bot, engineer: Client) -> None:
    shared = InfoPage.objects.get(title="Shared")
    said = {"title": "Shared", "text": "Mine.", "bot": other.pk, "position": 0, "enabled": "on"}
    engineer.post(page(shared), said)
    shared.refresh_from_db()
    assert (shared.bot_id, shared.text) == (None, "For all bots.")
