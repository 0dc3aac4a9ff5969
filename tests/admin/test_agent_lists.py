"""What operators write about agents: who sees it, and that its lists and pages stay quick however much there is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    Bot,
    InfoPage,
    Personality,
)
from botplatform.pipeline import publishing, vetting
from tests.admin.rows import listed, page

Written = dict[type[Model], Model]
MODELS = (AgentConfig, AgentConfigVersion, AgentDraft, AgentOverride, InfoPage, Personality)
models = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
_numbers = itertools.count(1)


def write() -> Written:
    """One more row of everything."""
    n = next(_numbers)
    config = AgentConfig.objects.create(name=f"agent-{n}", behaviour="simple-agent", description="One of many.")
    for text in ("Be kind.", "Be brief."):
        version = publishing.add_version(config, {"prompt": text}, by="ada", note="Better.")
    config.refresh_from_db()
    bot = Bot.objects.create(transport="telegram", slug=f"bot-{n}")
    return {
        AgentConfig: config,
        AgentConfigVersion: version,
        AgentDraft: publishing.save_draft(config, vetting.fields_of(AgentDraft(prompt="Be bold.")), by="ada"),
        AgentOverride: AgentOverride.objects.create(bot=bot, config=config, instructions="Here, be quick."),
        InfoPage: InfoPage.objects.create(title=f"Page {n}", text="Much to tell.", bot=bot),
        Personality: Personality.objects.get_or_create(platform="telegram", defaults={"text": "Short."})[0],
    }


@pytest.fixture
def written(db: None) -> Written:
    return write()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@models
def test_strangers_are_sent_to_the_login(written: Written, model: type[Model]) -> None:
    for url in (listed(model), page(written[model])):
        assert Client().get(url).headers["location"].startswith("/admin/login/")


@models
def test_staff_without_a_permission_sees_nothing(
    written: Written, staff: Callable[..., Client], model: type[Model]
) -> None:
    client = staff()
    assert [client.get(url).status_code for url in (listed(model), page(written[model]))] == [403, 403]


@models
def test_who_may_look_may_look(written: Written, staff: Callable[..., Client], model: type[Model]) -> None:
    client = staff(f"view_{model._meta.model_name}")
    assert [client.get(url).status_code for url in (listed(model), page(written[model]))] == [200, 200]


@models
def test_more_rows_take_no_more_queries(written: Written, console: Client, model: type[Model]) -> None:
    queries(console, listed(model))  # types of content are looked up once in a process
    few = queries(console, listed(model))
    for _ in range(4):
        write()
    assert queries(console, listed(model)) == few


def test_more_versions_and_bots_take_no_more_queries(written: Written, console: Client) -> None:
    config: Any = written[AgentConfig]
    queries(console, page(config))
    few = queries(console, page(config))
    for n in range(5):
        publishing.add_version(config, {"prompt": f"Version {n}."}, by="ada", note="")
        other = Bot.objects.create(transport="telegram", slug=f"other-{n}")
        AgentOverride.objects.create(bot=other, config=config)
    assert queries(console, page(config)) == few


def test_the_sidebar_leads_to_all_of_it(written: Written, console: Client) -> None:
    text = console.get("/admin/").text
    assert [model for model in MODELS if f'href="{listed(model)}"' not in text] == []


def test_panels_are_for_those_who_may_see_such_rows(written: Written, staff: Callable[..., Client]) -> None:
    text = staff("view_agentconfig").get(page(written[AgentConfig])).text
    assert "Bots that differ" not in text
    assert "Be brief." not in text.partition("What the draft would change")[0]
    assert "What runs use" not in text
