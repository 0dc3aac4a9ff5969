"""MCP servers at the console: who may write, what is never shown, how they stand, and their tools where agents choose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botplatform import sealing
from botplatform.models import AgentConfig, AgentConfigVersion, AgentDraft, AuditEntry, McpServer, Process
from botplatform.pipeline import vetting
from tests.admin.people import browser, person
from tests.admin.rows import Rows, listed, page, shown_ids

Staff = Callable[..., Client]
ADD = "/admin/botplatform/mcpserver/add/"
KEY = "Bearer sk-very-secret-0123456789"
SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b"


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "name": "tracker", "kind": "http", "enabled": "on", "url": "https://example.org/mcp", "command": "", "note": "",
        "allowed_tools": "find\nfile issue", "timeout_seconds": "30", "secret_headers": "", "secret_environment": "",
    } | changes  # fmt: skip


def add(client: Client, **changes: Any) -> Any:
    return client.post(ADD, fields(**changes))


def problems(answer: Any) -> str:
    assert answer.status_code == 200, answer.headers
    found = answer.context["adminform"].form.errors
    return " ".join(str(line) for lines in found.values() for line in lines)


def server(**changes: Any) -> McpServer:
    values = {"name": "tracker", "url": "https://example.org/mcp", "allowed_tools": ["find", "file issue"]}
    secrets = sealing.seal({"headers": {"Authorization": KEY}, "env": {}})
    return McpServer.objects.create(**{**values, "secrets": secrets, **changes})


# -- what is stored


def test_a_server_is_added_with_its_secrets_sealed(rows: Rows, console: Client) -> None:
    answer = add(console, secret_headers=f"Authorization: {KEY}\nX-Team: a:b", secret_environment="TOKEN: abcdefgh")
    assert answer.status_code == 302, problems(answer)
    row = McpServer.objects.get()
    assert KEY not in row.secrets
    assert sealing.unseal(row.secrets) == {
        "headers": {"Authorization": KEY, "X-Team": "a:b"},
        "env": {"TOKEN": "abcdefgh"},
    }
    assert row.allowed_tools == ["find", "file issue"]


def test_values_are_never_shown_again_only_names(rows: Rows, console: Client) -> None:
    row = server()
    for url in (page(row), listed(McpServer)):
        assert "sk-very-secret" not in console.get(url).text
    assert "headers Authorization" in console.get(page(row)).text


def test_what_was_typed_is_not_shown_again_when_something_else_is_wrong(rows: Rows, console: Client) -> None:
    answer = add(console, url="ftp://example.org", secret_headers=f"Authorization: {KEY}")
    assert problems(answer)
    assert "sk-very-secret" not in answer.text


def test_the_audit_log_has_no_secrets(rows: Rows, console: Client) -> None:
    add(console, secret_headers=f"Authorization: {KEY}")
    row = McpServer.objects.get()
    console.post(page(row), fields(secret_headers=f"Authorization: {KEY}2", note="changed"))
    entries = AuditEntry.objects.filter(object_type="botplatform.mcpserver")
    assert [one.action for one in entries.order_by("id")] == ["mcpserver.add", "mcpserver.change"]
    written = str([(one.before, one.after) for one in entries])
    assert "sk-very-secret" not in written
    for sealed in (row.secrets, McpServer.objects.get().secrets):
        assert sealed not in written
    assert "changed" in written


def test_blank_secrets_stay_and_an_empty_value_removes(rows: Rows, console: Client) -> None:
    row = server()
    console.post(page(row), fields(secret_headers="X-Team: a"))
    assert sealing.unseal(McpServer.objects.get().secrets)["headers"] == {"Authorization": KEY, "X-Team": "a"}
    console.post(page(row), fields(note="same"))
    assert sealing.unseal(McpServer.objects.get().secrets)["headers"] == {"Authorization": KEY, "X-Team": "a"}
    console.post(page(row), fields(secret_headers="Authorization:\nX-Team:"))
    assert McpServer.objects.get().secrets == ""


def test_stored_secrets_are_not_sent_to_another_place(rows: Rows, console: Client) -> None:
    row = server()
    moved = fields(url="https://elsewhere.example/mcp")
    assert "Enter Authorization again" in problems(console.post(page(row), moved))
    assert console.post(page(row), {**moved, "secret_headers": "Authorization: other-key"}).status_code == 302
    assert McpServer.objects.get().url == "https://elsewhere.example/mcp"


def test_secrets_of_another_key_are_told_and_can_be_entered_anew(rows: Rows, console: Client) -> None:
    row = server(secrets="gAAAA-not-ours")
    assert "another SECRETS_KEY" in console.get(page(row)).text
    assert console.post(page(row), fields(secret_headers=f"Authorization: {KEY}")).status_code == 302
    assert sealing.unseal(McpServer.objects.get().secrets)["headers"] == {"Authorization": KEY}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://example.org/mcp"}, "needs https"),
        ({"url": ""}, "URL"),
        ({"url": "file:///etc/passwd"}, "http"),
        ({"kind": "stdio", "url": ""}, "needs a command"),
        ({"name": "a__b"}, "Two underscores"),
        ({"name": "_a"}, "letters, digits"),
        ({"timeout_seconds": "0"}, "between 1 and 600"),
        ({"timeout_seconds": "9999"}, "between 1 and 600"),
        ({"secret_headers": "no colon here sk-secret"}, "Line 1 is not NAME: value"),
        ({"secret_headers": "Host: other"}, "cannot be set as a header"),
    ],
)
def test_what_cannot_work_is_refused(rows: Rows, console: Client, changes: dict[str, str], said: str) -> None:
    answer = add(console, **changes)
    assert said in problems(answer)
    assert "sk-secret" not in answer.text
    assert not McpServer.objects.exists()


def test_http_is_for_ones_own_network(rows: Rows, console: Client) -> None:
    assert add(console, url="http://10.0.0.5:9000/mcp", private_addresses="on").status_code == 302


def test_a_program_is_a_list_of_its_words(rows: Rows, console: Client) -> None:
    assert add(console, kind="stdio", url="", command="tracker-mcp\n--flag\nan argument").status_code == 302
    assert McpServer.objects.get().command == ["tracker-mcp", "--flag", "an argument"]


def test_the_name_stays(rows: Rows, console: Client) -> None:
    row = server()
    console.post(page(row), fields(name="other", note="x"))
    assert (McpServer.objects.get().name, McpServer.objects.get().note) == ("tracker", "x")


def test_who_is_no_admin_reads_and_writes_nothing(rows: Rows) -> None:
    row = server()
    client = browser(person("Engineer"))
    text = client.get(page(row)).text
    assert "https://example.org/mcp" in text
    assert "sk-very-secret" not in text
    assert 'name="secret_headers"' not in text
    assert client.post(page(row), fields(note="x")).status_code == 403
    assert add(client, name="mine").status_code == 403
    assert add(browser(person("Admin")), name="theirs").status_code == 302


def test_nothing_of_a_server_is_markup_or_invisible(rows: Rows, console: Client) -> None:
    row = server(note=SCRIPT + TRICK, allowed_tools=[SCRIPT + TRICK], command=[SCRIPT + TRICK])
    said = {"state": SCRIPT, "error": SCRIPT + TRICK, "tools": [SCRIPT + TRICK, 7], "since": SCRIPT}
    Process.objects.update(detail={"servers": {"tracker": said}})
    for client in (console, browser(person("Viewer"))):
        for url in (page(row), listed(McpServer)):
            text = client.get(url).text
            assert "<script>alert" not in text
            assert client is console or not set("\u202e\u200b") & set(text)


# -- how it stands


def test_the_page_says_what_workers_say(rows: Rows, console: Client) -> None:
    row = server()
    said = {
        "state": "open",
        "error": "connection refused",
        "tools": ["find", "drop"],
        "since": timezone.now().isoformat(),
    }
    Process.objects.update(detail={"servers": {"tracker": said, "other": said}})
    text = console.get(page(row)).text
    for part in ("left alone", "connection refused", "drop", "(not allowed)"):
        assert part in text, part
    assert text.count("(not allowed)") == 1


@pytest.mark.parametrize(
    "detail", [{}, {"servers": "x"}, {"servers": {"tracker": 7}}, {"servers": {"tracker": {"tools": 7}}}, []]
)
def test_a_worker_that_says_nothing_of_it_is_borne(rows: Rows, console: Client, detail: Any) -> None:
    row = server()
    Process.objects.update(detail=detail)
    assert console.get(page(row)).status_code == 200


def test_a_silent_worker_is_not_asked(rows: Rows, console: Client) -> None:
    row = server()
    Process.objects.update(
        detail={"servers": {"tracker": {"state": "open", "error": "long ago"}}},
        seen_at=timezone.now() - timedelta(hours=1),
    )
    text = console.get(page(row)).text
    assert "long ago" not in text
    assert "No worker has asked it yet" in text


def test_agents_that_list_its_tools_are_named(rows: Rows, console: Client) -> None:
    row = server()
    assert f'href="{page(rows.agentconfig)}"' not in console.get(page(row)).text
    listing = AgentConfigVersion.objects.create(
        config=rows.agentconfig, number=2, prompt="Be kind.", tools=["calculator", "mcp__tracker__find"]
    )
    AgentConfig.objects.update(published=listing)
    assert f'href="{page(rows.agentconfig)}"' in console.get(page(row)).text


# -- where agents choose


def choices(client: Client, config: AgentConfig) -> list[str]:
    answer = client.get(f"/admin/botplatform/agentdraft/add/?config={config.pk}")
    return [value for value, _ in answer.context["adminform"].form.fields["tools"].choices]


def test_allowed_tools_of_servers_that_are_on_are_offered(rows: Rows, console: Client) -> None:
    server()
    server(name="off", enabled=False)
    server(name="empty", allowed_tools=[])
    names = [name for name in choices(console, rows.agentconfig) if name.startswith("mcp__")]
    assert names[:2] == ["mcp__tracker__*", "mcp__tracker__find"]
    assert len(names) == 3
    assert names[2].startswith("mcp__tracker__file_issue_")


def test_servers_that_come_later_are_offered_too(rows: Rows, console: Client) -> None:
    before = choices(console, rows.agentconfig)
    server()
    assert set(choices(console, rows.agentconfig)) - set(before) >= {"mcp__tracker__find"}


def test_a_draft_may_list_a_servers_tool(rows: Rows, console: Client) -> None:
    server()
    draft = AgentDraft.objects.create(config=rows.agentconfig, prompt="Be kind.", tools=["mcp__tracker__find"])
    assert "mcp__tracker__find" in console.get(page(draft)).text
    assert vetting.check_tools(["mcp__tracker__find", "mcp__tracker__*", "calculator"]) == []


@pytest.mark.parametrize("name", ["mcp__other__find", "mcp__tracker", "mcp__tracker__", "tracker__find", "mcp____find"])
@pytest.mark.django_db
def test_tools_of_no_server_are_refused(name: str) -> None:
    server()
    assert vetting.check_tools([name])


def test_a_tool_that_is_no_longer_offered_stays_in_its_draft(rows: Rows, console: Client) -> None:
    row = server()
    draft = AgentDraft.objects.create(config=rows.agentconfig, prompt="Be kind.", tools=["mcp__tracker__find"])
    McpServer.objects.filter(pk=row.pk).update(enabled=False)
    form = console.get(page(draft)).context["adminform"].form
    assert "mcp__tracker__find" in dict(form.fields["tools"].choices)


def test_a_policy_may_be_made_for_a_servers_tool(rows: Rows, console: Client) -> None:
    server()
    form = console.get(reverse("admin:botplatform_toolpolicy_add")).context["adminform"].form
    names = [name for name, _ in form.fields["tool"].choices]
    assert "mcp__tracker__find" in names
    assert "mcp__tracker__*" not in names


def test_the_list_has_the_servers(rows: Rows, console: Client) -> None:
    row = server()
    assert shown_ids(console, McpServer) == [row.pk]
