from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from botplatform.models import AgentConfig, AgentConfigVersion, ModelPrice, ProgressText
from tests.admin.rows import Rows, page

ADD = "/admin/botplatform/agentconfigversion/add/"


def _add(client: Client, config: AgentConfig, **changes: Any) -> Any:
    fields = {
        "config": config.pk,
        "prompt": "Be brief.",
        "model": "",
        "fallback_models": "[]",
        "tools": '["calculator"]',
    }
    return client.post(ADD, fields | {"max_steps": 5, "max_output_tokens": 100, "max_seconds": 60, **changes})


def test_a_new_version_gets_the_next_number(rows: Rows, console: Client) -> None:
    assert _add(console, rows.agentconfig).status_code == 302
    newest = AgentConfigVersion.objects.latest("pk")
    assert (newest.number, newest.prompt, newest.tools) == (2, "Be brief.", ["calculator"])


def test_a_version_never_changes(rows: Rows, console: Client) -> None:
    version = rows.agentconfigversion
    assert console.post(page(version), {"prompt": "Changed"}).status_code == 403
    assert (
        console.post(
            reverse("admin:botplatform_agentconfigversion_delete", args=[version.pk]), {"post": "yes"}
        ).status_code
        == 403
    )
    version.refresh_from_db()
    assert version.prompt == "Be kind."


def test_a_new_version_begins_as_a_copy(rows: Rows, console: Client) -> None:
    form = console.get(f"{ADD}?copy={rows.agentconfigversion.pk}").context["adminform"].form
    assert (form.initial["prompt"], form.initial["config"]) == ("Be kind.", rows.agentconfig.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tools": '["no-such-tool"]'},
        {"tools": '{"a": 1}'},
        {"model": "anthropic:"},
        {"max_steps": 0},
        {"temperature": 9},
        {"prompt": " "},
    ],
    ids=str,
)
def test_a_version_that_could_not_work_is_refused(rows: Rows, console: Client, wrong: dict[str, Any]) -> None:
    answer = _add(console, rows.agentconfig, **wrong)
    assert list(answer.context["adminform"].form.errors) == list(wrong)
    assert AgentConfigVersion.objects.filter(config=rows.agentconfig).count() == 1


def test_a_version_is_published(rows: Rows, console: Client) -> None:
    _add(console, rows.agentconfig)
    newest = AgentConfigVersion.objects.latest("pk")
    assert console.post(page(rows.agentconfig), {"description": "", "published": newest.pk}).status_code == 302
    assert AgentConfig.objects.get(pk=rows.agentconfig.pk).published == newest


def test_another_agents_version_is_not_published(rows: Rows, console: Client) -> None:
    other = AgentConfigVersion.objects.create(config=AgentConfig.objects.create(name="other"), number=1, prompt="x")
    answer = console.post(page(rows.agentconfig), {"description": "", "published": other.pk})
    assert list(answer.context["adminform"].form.errors) == ["published"]


def test_prices_are_edited(rows: Rows, console: Client) -> None:
    fields = {
        "model": "anthropic:some",
        "input_usd": "3",
        "output_usd": "15",
        "cache_read_usd": "0",
        "cache_write_usd": "0",
    }
    assert console.post(page(rows.modelprice), fields).status_code == 302
    assert ModelPrice.objects.get(model="anthropic:some").output_usd == 15
    assert "not negative" in console.post(page(rows.modelprice), {**fields, "input_usd": "-1"}).text


def test_progress_texts_are_edited(rows: Rows, console: Client) -> None:
    assert console.post(page(rows.progresstext), {"text": "Hm …", "position": "3"}).status_code == 302
    changed = ProgressText.objects.get(pk=rows.progresstext.pk)
    assert (changed.text, changed.position, changed.enabled) == ("Hm …", 3, False)
