"""The audit log: what it holds, who reads it, and that nobody can change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from botplatform.models import AuditEntry
from botplatform.pipeline.auditing import Entry, record
from tests.admin.people import browser, person
from tests.admin.rows import Rows, bot, listed, page, shown_ids

Staff = Callable[..., Client]


@pytest.fixture
def entry(rows: Rows) -> AuditEntry:
    """About the conversation's batch."""
    about = {"object_type": "botplatform.batch", "object_id": str(rows.batch.pk), "object_name": "a <b>batch</b>"}
    values: dict[str, Any] = {"before": {"state": "failed", "same": 1}, "after": {"state": "waiting", "same": 1}}
    record(
        Entry(who="ada", action="batch.retry", why="they asked <script>", told="will be answered", **about, **values)
    )
    return AuditEntry.objects.get()


@pytest.mark.parametrize("statement", [
    "UPDATE botplatform_auditentry SET who = 'eve'",
    "DELETE FROM botplatform_auditentry",
    "TRUNCATE botplatform_auditentry",
])  # fmt: skip
def test_the_database_refuses_to_change_it(entry: AuditEntry, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"refused|denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    entry.refresh_from_db()
    assert entry.who == "ada"


def test_the_console_offers_no_change(entry: AuditEntry, console: Client) -> None:
    assert console.post(page(entry), {"who": "eve"}).status_code == 403
    assert console.post(reverse("admin:botplatform_auditentry_add"), {"who": "eve"}).status_code == 403
    assert (
        console.post(reverse("admin:botplatform_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_the_page_shows_before_and_after_and_leads_to_the_object(
    entry: AuditEntry, rows: Rows, console: Client
) -> None:
    text = console.get(page(entry)).text
    assert "<del>failed</del>" in text
    assert "<ins>waiting</ins>" in text
    assert f'href="{page(rows.batch)}"' in text
    assert "they asked &lt;script&gt;" in text
    assert "Same" not in text


def test_the_objects_page_shows_what_was_done_to_it(entry: AuditEntry, rows: Rows, console: Client) -> None:
    panels = {panel.title: panel.markup for panel in console.get(page(rows.batch)).context["panels"]}
    assert "batch.retry" in panels["What was done to it"]
    assert page(entry) in panels["What was done to it"]


def test_the_panel_is_for_those_who_may_read_the_log(entry: AuditEntry, rows: Rows, staff: Staff) -> None:
    panels = staff("view_batch").get(page(rows.batch)).context["panels"]
    assert "What was done to it" not in [panel.title for panel in panels]


@pytest.mark.parametrize("query", ["?who=ada", "?action=batch.retry", "?object_type=botplatform.batch", "?q=ada"])
def test_entries_are_found(entry: AuditEntry, console: Client, query: str) -> None:
    record(Entry(who="eve", action="x"))
    assert shown_ids(console, AuditEntry, query) == [entry.pk]


def test_entries_are_found_by_the_objects_id(entry: AuditEntry, rows: Rows, console: Client) -> None:
    record(Entry(who="eve", action="x", object_type="botplatform.batch", object_id="987654321"))
    [other] = AuditEntry.objects.filter(who="eve")
    assert shown_ids(console, AuditEntry, "?q=987654321") == [other.pk]
    assert shown_ids(console, AuditEntry, f"?object_type=botplatform.batch&object_id={rows.batch.pk}") == [entry.pk]


def test_people_limited_to_a_bot_do_not_read_the_log(entry: AuditEntry) -> None:
    assert browser(person("Admin", bots=(bot(),))).get(listed(AuditEntry)).status_code == 403


def test_more_entries_take_no_more_queries(entry: AuditEntry, console: Client, django_assert_num_queries: Any) -> None:
    from django.test.utils import CaptureQueriesContext

    console.get(listed(AuditEntry))
    with CaptureQueriesContext(connection) as few:
        console.get(listed(AuditEntry))
    for n in range(30):
        record(Entry(who="ada", action="x", object_type="botplatform.batch", object_id=str(n)))
    with django_assert_num_queries(len(few)):
        console.get(listed(AuditEntry))


def test_changing_ones_own_password_is_written_down(db: None) -> None:
    ada = person("Viewer", username="ada")
    ada.set_password("before-42-before")
    ada.save()
    fields = {"old_password": "before-42-before", "new_password1": "long-enough-42", "new_password2": "long-enough-42"}
    client = browser(ada)
    assert client.post(reverse("admin:password_change"), fields).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(action="user.password", who="ada").count() == 1
