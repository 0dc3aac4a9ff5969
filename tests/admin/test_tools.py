"""The page "Tools": every tool, who lists it, and why one is not offered here."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.base import Need
from agents.registry import TOOLS
from botplatform import config, sealing
from botplatform.admin.tools import needs
from botplatform.models import AgentConfig, AgentConfigVersion, Bot, Process, ToolPolicy
from tests.admin.rows import Rows, page
from tests.pipeline.approving import Launch

Staff = Callable[..., Client]
HERE = "/admin/tools/"
SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b"
WHY = "bubblewrap is not installed: apt-get install bubblewrap"
ESCAPED = {"name": "write outside", "denied": False, "detail": "wrote to the home directory"}
DENIED = {"name": "open a TCP socket", "denied": True, "detail": "network is unreachable"}


def worker(name: str, **sandbox: Any) -> Process:
    return Process.objects.create(name=name, role="worker", detail={"sandbox": sandbox} if sandbox else {})


def words(client: Client) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", client.get(HERE).text).split()))


def met(client: Client, need: Need) -> needs.Met:
    [found] = [one for one in client.get(HERE).context["needs"] if one.need is need]
    assert isinstance(found, needs.Met)
    return found


@pytest.fixture(autouse=True)
def own_workers(request: pytest.FixtureRequest) -> None:
    """The conversation's process is not one that speaks here."""
    if "rows" in request.fixturenames:
        request.getfixturevalue("rows")
        Process.objects.all().delete()


# -- the tools


def test_every_tool_is_there_with_what_its_code_says(rows: Rows, console: Client) -> None:
    shown = {one.name: one for one in console.get(HERE).context["tools"]}
    assert list(shown) == list(TOOLS)
    text = words(console)
    for name, tool in TOOLS.items():
        assert html.escape(tool.description)[:40].split("&")[0] in text, name
    assert "every call needs a decision" in shown["delete_history"].traits
    assert "asks the person" in shown["ask_user"].traits
    assert "repeated after a crash" in shown["calculator"].traits


def test_all_that_a_tools_code_can_say_is_told(rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = Launch()
    said = {
        "needs": frozenset({Need.SEARCH}), "platforms": frozenset({"github"}), "writes": True, "confined": True, "trusted_only": True,
        "reaches_out": True, "returns_untrusted": True, "returns_private": True,
    }  # fmt: skip
    for name, value in said.items():
        setattr(tool, name, value)
    monkeypatch.setitem(TOOLS, "launch", tool)
    text = words(console)
    for part in ("on github only", "needs web search", "writes: needs a decision", "own conversation alone", "kept from strangers",
                 "reaches out", "returns strangers' text", "may return private text"):  # fmt: skip
        assert part in text, part


def test_published_agents_that_list_a_tool_are_named(rows: Rows, console: Client) -> None:
    version = AgentConfigVersion.objects.create(
        config=rows.agentconfig, number=2, prompt="x", tools=["calculator", "gone"]
    )
    AgentConfig.objects.update(published=version)
    shown = {one.name: one.agents for one in console.get(HERE).context["tools"]}
    assert [str(one) for one in shown["calculator"]] == [
        f'<a class="text-link whitespace-nowrap" href="{page(rows.agentconfig)}">tested-agent</a>'
    ]
    assert shown["current_time"] == []


def test_policies_are_linked(rows: Rows, console: Client) -> None:
    everywhere = ToolPolicy.objects.create(tool="*", by_approver=True)
    own = ToolPolicy.objects.create(tool="calculator", always=True)
    shown = {one.name: one for one in console.get(HERE).context["tools"]}
    assert page(own) in shown["calculator"].policy
    assert "every call needs a decision" in shown["calculator"].policy_asks
    assert page(everywhere) in shown["current_time"].policy


# -- what they need


def test_a_sandbox_that_is_not_offered_says_why(rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = Launch()
    tool.needs = frozenset({Need.WORKSPACE})
    monkeypatch.setitem(TOOLS, "launch", tool)
    worker("worker@here:1", offered=False, why=WHY, probes=[])
    assert (met(console, Need.WORKSPACE).has, met(console, Need.WORKSPACE).why) == (
        False,
        f"No worker offers it: {WHY}",
    )
    assert 'id="need-workspace" class="lacking"' in console.get(HERE).text
    shown = {one.name: one for one in console.get(HERE).context["tools"]}
    assert shown["launch"].lacks == [f"Sandbox: No worker offers it: {WHY}"]
    assert shown["calculator"].lacks == []


def test_all_probes_are_listed(rows: Rows, console: Client) -> None:
    worker("worker@here:1", offered=False, why="it can be left", probes=[ESCAPED, DENIED])
    text = words(console)
    for part in (
        "2 attempts to get out",
        "✗ got out: write outside (wrote to the home directory)",
        "✓ denied: open a TCP socket",
    ):
        assert part in text, part


def test_each_worker_has_its_own_sandbox(rows: Rows, console: Client) -> None:
    worker("worker@here:1", offered=True, why="", probes=[DENIED])
    assert met(console, Need.WORKSPACE).why.startswith("Every worker offers it")
    worker("worker@there:2", offered=False, why=WHY, probes=[])
    worker("worker@silent:3", offered=False, why="long ago", probes=[])
    Process.objects.filter(name="worker@silent:3").update(seen_at=timezone.now() - timedelta(hours=1))
    found = met(console, Need.WORKSPACE)
    assert (found.has, found.why) == (True, "1 of 2 workers offer it.")
    assert [(box.offered, box.why) for box in found.sandboxes] == [(True, ""), (False, WHY)]


@pytest.mark.parametrize(
    "detail", [{}, [], {"sandbox": None}, {"sandbox": {"offered": "yes", "probes": 7}}, {"sandbox": {"probes": [7]}}]
)
def test_a_worker_that_says_nothing_of_use_offers_none(rows: Rows, console: Client, detail: Any) -> None:
    Process.objects.create(name="worker@here:1", role="worker", detail=detail)
    assert not met(console, Need.WORKSPACE).has


def test_without_workers_nobody_knows(rows: Rows, console: Client) -> None:
    assert met(console, Need.WORKSPACE).why.startswith("No worker is alive")


def test_search_depends_on_its_provider(rows: Rows, console: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "load", lambda: SimpleNamespace(SEARCH_PROVIDER=""))
    assert (met(console, Need.SEARCH).has, "SEARCH_PROVIDER" in met(console, Need.SEARCH).why) == (False, True)
    monkeypatch.setattr(config, "load", lambda: SimpleNamespace(SEARCH_PROVIDER="brave"))
    assert (met(console, Need.SEARCH).has, met(console, Need.SEARCH).why) == (True, "Searches go to brave.")


def test_github_depends_on_its_bot(rows: Rows, console: Client) -> None:
    assert met(console, Need.GITHUB).why.startswith("There is no GitHub bot")
    row = Bot.objects.create(transport="github", slug="hub")
    assert met(console, Need.GITHUB).why.startswith("The GitHub bot is switched off, or has no token")
    Bot.objects.filter(pk=row.pk).update(credentials=sealing.seal({"token": "ghp_0123456789"}), problem="401")
    assert (met(console, Need.GITHUB).has, met(console, Need.GITHUB).why) == (
        True,
        "Through the GitHub bot hub. GitHub complains: hub: 401",
    )
    Bot.objects.filter(pk=row.pk).update(enabled=False)
    assert not met(console, Need.GITHUB).has


def test_repositories_need_both_sandbox_and_github(rows: Rows, console: Client) -> None:
    Bot.objects.create(transport="github", slug="hub", credentials=sealing.seal({"token": "ghp_0123456789"}))
    assert not met(console, Need.BROKER).has
    worker("worker@here:1", offered=True, why="", probes=[])
    assert met(console, Need.BROKER).has


# -- who may see it, and how


def test_the_page_is_for_those_who_may_see_policies(rows: Rows, staff: Staff) -> None:
    assert Client().get(HERE).status_code == 302
    client = staff("view_agentconfig")
    assert client.get(HERE).status_code == 403
    assert HERE not in client.get("/admin/").text


def test_who_may_see_policies_alone_sees_neither_agents_nor_workers(rows: Rows, staff: Staff) -> None:
    worker("worker@here:1", offered=True, why="", probes=[DENIED])
    AgentConfigVersion.objects.create(config=rows.agentconfig, number=2, prompt="x", tools=["calculator"])
    client = staff("view_toolpolicy")
    text = words(client)
    assert "worker@here:1" not in text
    assert "published agent" not in text
    assert f'href="{HERE}"' in client.get("/admin/").text


def test_nothing_that_workers_say_is_markup_or_invisible(rows: Rows, console: Client) -> None:
    bad = SCRIPT + TRICK
    worker("worker@here:1", offered=False, why=bad, probes=[{"name": bad, "denied": False, "detail": bad}])
    Bot.objects.create(
        transport="github", slug="hub", problem=bad, credentials=sealing.seal({"token": "ghp_0123456789"})
    )
    text = console.get(HERE).text
    assert "<script>alert" not in text
    assert not set("\u202e\u200b") & set(text)
    assert "⟨U+202E⟩" in text


def test_more_rows_take_no_more_queries(rows: Rows, console: Client) -> None:
    def add(number: int) -> None:
        for n in range(number):
            start = AgentConfig.objects.count()
            config = AgentConfig.objects.create(name=f"agent-{start}", behaviour="simple-agent")
            version = AgentConfigVersion.objects.create(config=config, number=1, prompt="x", tools=["calculator"])
            AgentConfig.objects.filter(pk=config.pk).update(published=version)
            worker(f"worker@here:{start}-{n}", offered=True, why="", probes=[DENIED])
            Bot.objects.create(
                transport="github", slug=f"hub-{start}", credentials=sealing.seal({"token": "ghp_0123456789"})
            )
            ToolPolicy.objects.create(tool=f"tool-{start}", always=True)

    def queries() -> int:
        console.get(HERE)
        with CaptureQueriesContext(connection) as caught:
            assert console.get(HERE).status_code == 200
        return len(caught)

    add(3)
    few = queries()
    add(27)
    assert queries() == few
    assert reverse("console-tools") == HERE
