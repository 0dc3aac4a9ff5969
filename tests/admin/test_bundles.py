"""Agents as a file from the console: what is downloaded, and an upload that is looked at before it is carried out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from botplatform.models import AgentConfig, AuditEntry, Personality
from botplatform.pipeline.bundles.exporting import export
from tests.admin.rows import Rows, listed, told

EXPORT, IMPORT = (f"/admin/botplatform/agentconfig/{name}/" for name in ("export", "import"))
SOUND = {
    "agents": [{"name": "new-agent", "behaviour": "simple-agent", "published": {"prompt": "Be kind."}}],
    "personalities": [{"platform": "telegram", "text": "Short."}],
}


def upload(client: Client, parts: Any = None, raw: bytes | None = None) -> Any:
    """Choose a file and have a look at it."""
    content = (
        json.dumps({"format": "botplatform-agents", "version": 1, **(parts or {})}).encode() if raw is None else raw
    )
    return client.post(IMPORT, {"file": SimpleUploadedFile("agents.json", content)})


def confirm(client: Client, shown: Any, **changes: str) -> Any:
    fields = {name: shown.context[name] for name in ("content", "digest")}
    return client.post(IMPORT, {**fields, **changes}, follow=True)


def test_all_agents_are_downloaded(rows: Rows, console: Client) -> None:
    answer = console.get(EXPORT)
    assert answer.content == export()
    assert answer.headers["content-disposition"] == 'attachment; filename="agents.json"'
    assert answer.headers["content-type"] == "application/json"


def test_one_agent_is_downloaded(rows: Rows, console: Client) -> None:
    answer = console.get(f"{EXPORT}?agent=tested-agent")
    assert [agent["name"] for agent in answer.json()["agents"]] == ["tested-agent"]
    assert 'filename="tested-agent.json"' in answer.headers["content-disposition"]
    assert console.get(f"{EXPORT}?agent=nobody").status_code == 404


def test_an_upload_is_shown_and_changes_nothing(rows: Rows, console: Client) -> None:
    shown = upload(console, SOUND)
    assert all(text in shown.text for text in ("new-agent", "telegram", "published as version 1"))
    assert not AgentConfig.objects.filter(name="new-agent").exists()


def test_what_was_shown_is_imported(rows: Rows, console: Client) -> None:
    answer = confirm(console, upload(console, SOUND))
    assert told(answer) == ["Imported: 2 new or changed."]
    version = AgentConfig.objects.get(name="new-agent").published
    assert version
    assert (version.prompt, version.note, version.created_by) == ("Be kind.", "imported", "root")
    assert AuditEntry.objects.get(action="agentconfig.change").told == "imported: published as version 1"


def test_what_changed_meanwhile_is_shown_again(rows: Rows, console: Client) -> None:
    shown = upload(console, SOUND)
    Personality.objects.create(platform="telegram", text="Long.")
    answer = confirm(console, shown)
    assert "Somebody else has changed" in answer.text
    assert not AgentConfig.objects.filter(name="new-agent").exists()


def test_a_file_that_changes_nothing_cannot_be_confirmed(rows: Rows, console: Client) -> None:
    shown = upload(console, raw=export())
    assert "there is nothing to change" in shown.text
    assert not shown.context["does_something"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "cannot be read as JSON"),
        (b'{"format": "other"}', "is not an export of agents"),
        (b'{"format": "botplatform-agents", "version": 1, "<script>": 1}', "&lt;script&gt;"),
        (b"", "cannot be read as JSON"),
    ],
)
def test_a_bad_file_is_told_and_changes_nothing(rows: Rows, console: Client, raw: bytes, said: str) -> None:
    answer = upload(console, raw=raw) if raw else console.post(IMPORT, {"content": "", "digest": "x"})
    assert answer.status_code == 200
    assert said in answer.text
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize("fields", [{}, {"content": "not base64!", "digest": "x"}], ids=str)
def test_a_form_without_a_file_is_told(rows: Rows, console: Client, fields: dict[str, str]) -> None:
    assert "The file cannot be imported" in console.post(IMPORT, fields).text


def test_a_forged_confirmation_does_nothing(rows: Rows, console: Client) -> None:
    confirm(console, upload(console, SOUND), digest="0" * 64)
    assert not AgentConfig.objects.filter(name="new-agent").exists()


def test_an_import_needs_a_csrf_token(rows: Rows, console: Client) -> None:
    console.handler.enforce_csrf_checks = True
    assert upload(console, SOUND).status_code == 403


def test_files_are_for_those_who_may_see_and_change_all_of_it(rows: Rows, staff: Callable[..., Client]) -> None:
    client = staff("view_agentconfig", "change_agentconfig", "add_agentconfig")
    assert client.get(EXPORT).status_code == 403
    assert upload(client, SOUND).status_code == 403
    text = client.get(listed(AgentConfig)).text
    assert not [url for url in (EXPORT, IMPORT) if url in text]


def test_strangers_are_sent_to_the_login(rows: Rows) -> None:
    for url in (EXPORT, IMPORT):
        assert Client().get(url).headers["location"].startswith(reverse("admin:login"))
