"""Publishing patterns: what changes is shown, a loss is refused unless it is wanted, versions never change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agents.routing.target import INFO, SIMPLE
from botplatform.admin.routing import changes as routing_changes
from botplatform.admin.routing import figures as routing_figures
from botplatform.models import AuditEntry, Pattern, RoutingCase, RoutingVersion
from botplatform.pipeline import rulebook
from tests.admin.rows import Rows, listed, page, told

Staff = Callable[..., Client]
PUBLISH = "/admin/botplatform/pattern/publish/"
GREETING = {"text": "hello dear bot", "matches": True}


@pytest.fixture
def one(kept: Rows) -> Pattern:
    """The only pattern, published."""
    pattern = Pattern.objects.create(
        name="greeting", position=10, expression="^hello dear bot$", target=SIMPLE, tests=[GREETING]
    )
    RoutingCase.objects.create(text="hello dear bot", platform="telegram", target=SIMPLE)
    RoutingVersion.objects.create(number=1, patterns=routing_changes.drafted())
    return pattern


def add(name: str, expression: str, target: str, text: str, position: int = 20) -> Pattern:
    tests = [{"text": text, "matches": True}]
    return Pattern.objects.create(name=name, expression=expression, target=target, tests=tests, position=position)


def publish(client: Client, **more: str) -> Any:
    seen = client.get(PUBLISH).context["seen"]
    return client.post(PUBLISH, {"seen": seen, "note": "", **more}, follow=True)


def test_changes_are_published_as_the_next_version(one: Pattern, console: Client) -> None:
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    answer = publish(console, note="asked  for\x00 a lot")
    version = RoutingVersion.objects.get(number=2)
    assert [kept["name"] for kept in version.patterns] == ["greeting", "owner"]
    assert (version.note, version.created_by, version.forced) == ("asked for a lot", "root", False)
    assert answer.redirect_chain == [(page(version), 302)]
    assert "Routing version 2 is published" in told(answer)[0]
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.told, entry.why, entry.object_id) == (
        "routingversion.publish",
        "Published",
        "asked for a lot",
        str(version.pk),
    )


def test_a_loss_is_refused_unless_it_is_wanted(one: Pattern, console: Client) -> None:
    Pattern.objects.filter(pk=one.pk).update(target=INFO)
    refused = publish(console)
    assert "It would be a loss" in refused.context["reasons"][0]
    assert RoutingVersion.objects.count() == 1
    publish(console, force="on")
    assert RoutingVersion.objects.get(number=2).forced
    assert AuditEntry.objects.latest("id").told == "Published although it is worse"


def test_what_the_linter_finds_is_named_with_its_pattern(one: Pattern, console: Client) -> None:
    add("again", "hello dear", SIMPLE, "hello dear bot")
    [reason] = publish(console).context["reasons"]
    assert reason.startswith("again: It is shadowed")
    assert RoutingVersion.objects.count() == 1


def test_what_cannot_be_compiled_cannot_be_forced(one: Pattern, console: Client) -> None:
    Pattern.objects.filter(pk=one.pk).update(expression="(")
    answer = publish(console, force="on")
    assert 'name="force"' not in answer.text
    assert RoutingVersion.objects.count() == 1


def test_without_changes_there_is_nothing_to_publish(one: Pattern, console: Client) -> None:
    assert "Nothing has changed" in console.get(PUBLISH).text
    publish(console, force="on")
    assert RoutingVersion.objects.count() == 1


def test_nothing_is_published_that_was_not_seen(one: Pattern, console: Client) -> None:
    seen = console.get(PUBLISH).context["seen"]
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    answer = console.post(PUBLISH, {"seen": seen, "force": "on"})
    assert "Nothing was published" in told(answer)[0]
    assert RoutingVersion.objects.count() == 1


def test_a_case_of_an_operators_counts(one: Pattern, console: Client) -> None:
    Pattern.objects.filter(pk=one.pk).update(target=INFO)
    RoutingCase.objects.update(target=INFO)
    publish(console)
    assert not RoutingVersion.objects.get(number=2).forced


@pytest.mark.parametrize(
    "permissions", [(), ("view_pattern",), ("change_pattern", "view_routingversion"), ("add_routingversion",)], ids=str
)
def test_who_may_not_publish_does_not(one: Pattern, staff: Staff, permissions: tuple[str, ...]) -> None:
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    client = staff(*permissions)
    assert client.get(PUBLISH).status_code == 403
    assert client.post(PUBLISH, {"force": "on"}).status_code == 403
    assert PUBLISH not in client.get(listed(Pattern)).text
    assert RoutingVersion.objects.count() == 1


def test_who_may_publish_need_not_be_a_superuser(one: Pattern, staff: Staff) -> None:
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    client = staff("view_pattern", "view_routingversion", "add_routingversion")
    assert PUBLISH in client.get(listed(Pattern)).text
    publish(client)
    assert RoutingVersion.objects.get(number=2).created_by == "staff"


def test_publishing_needs_a_csrf_token(one: Pattern, console: Client) -> None:
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    console.handler.enforce_csrf_checks = True
    assert publish(console).status_code == 403
    assert RoutingVersion.objects.count() == 1


# -- what is shown


def test_the_banner_counts_what_is_not_published(one: Pattern, console: Client) -> None:
    assert "not published" not in console.get(listed(Pattern)).text
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    Pattern.objects.filter(pk=one.pk).update(platform="github", tests=[])
    answer = console.get(listed(Pattern))
    assert "<strong>2 changes</strong> are not published" in answer.text
    assert [row.standing for row in answer.context["cl"].result_list] == ["changed", "added"]


def test_changes_are_told_apart() -> None:
    def kept(name: str, target: str = SIMPLE) -> dict[str, str]:
        return {"name": name, "expression": name, "target": target, "platform": ""}

    before = [kept("a"), kept("b"), kept("c"), kept("d")]
    after = [kept("c"), kept("a"), kept("b", INFO), kept("new")]
    found = {change.name: change for change in routing_changes.changes(before, after)}
    assert {name: change.kind for name, change in found.items()} == {
        "c": "moved", "b": "changed", "new": "added", "d": "removed",
    }  # fmt: skip
    assert list(found["b"].parts) == [("target", SIMPLE, INFO)]
    assert routing_changes.changes(before, before) == []


def test_a_stored_matrix_keeps_its_order(one: Pattern, console: Client) -> None:
    add("owner", "^who owns this nice bot$", INFO, "who owns this nice bot")
    publish(console)
    text = console.get(page(RoutingVersion.objects.get(number=2))).text
    assert "Changes since version 1" in text
    assert text.count('<th scope="col">(model)</th></tr>') == 2
    assert '<th scope="row">simple</th><td class="right">1</td>' in text


def test_errors_stand_out() -> None:
    report = {
        "cases": 3, "accuracy": None, "open": 1,
        "methods": {"pattern": {"settled": 2, "share": 2 / 3, "right": 1, "precision": 0.5}},
        "matrix": {SIMPLE: {INFO: 1, SIMPLE: 1, "(model)": 0}, INFO: {INFO: 0, SIMPLE: 0, "(model)": 1}},
    }  # fmt: skip
    shown = routing_figures.beside(("Now", report), ("Afterwards", None))
    assert '<td class="right">1</td><td class="wrong">1</td><td class="empty">0</td>' in shown
    assert "1 (50.0%)" in shown
    assert "Afterwards" not in shown


def test_the_shipped_patterns_are_published_at_the_start(kept: Rows, console: Client) -> None:
    rulebook.seed()
    assert "not published" not in console.get(listed(Pattern)).text
    assert console.get(page(RoutingVersion.objects.get())).status_code == 200
