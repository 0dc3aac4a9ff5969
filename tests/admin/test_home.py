"""The home page: true counts of what needs a person, each with the list of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from botplatform.models import Batch, Process, Reply, Update
from tests.admin.rows import Rows, batch, shown_ids


def _titles(client: Client) -> list[str]:
    context = client.get("/admin/").context
    return [
        item.title if item in context["missing"] else f"{item.number} {item.title}"
        for item in (*context["missing"], *context["needs_you"])
    ]


@pytest.fixture
def calm(rows: Rows) -> Rows:
    Process.objects.create(name="beat@there:1", role="beat")
    return rows


def test_nothing_needs_anybody(calm: Rows, console: Client) -> None:
    assert _titles(console) == []
    assert "No batch is stuck or failed" in console.get("/admin/").text


def test_missing_processes_are_told(calm: Rows, console: Client) -> None:
    Process.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert _titles(console) == ["no worker is alive", "no beat is alive"]


def test_counts_are_those_of_the_lists_they_link_to(calm: Rows, console: Client) -> None:
    batch(calm.session, "processing", lease_until=timezone.now() - timedelta(minutes=1))
    batch(calm.session, "failed")
    batch(calm.session, "failed")
    Reply.objects.update(state="unknown")
    Update.objects.update(state="quarantined")
    assert _titles(console) == ["1 stuck batch", "2 failed batches", "1 reply in doubt", "1 quarantined update"]
    models = {"batch": Batch, "reply": Reply, "update": Update}
    for item in console.get("/admin/").context["needs_you"]:
        path, _, query = item.url.partition("?")
        assert len(shown_ids(console, models[path.split("/")[-2]], f"?{query}")) == item.number


def test_counts_are_for_those_who_may_see_the_rows(calm: Rows, staff: Callable[..., Client]) -> None:
    batch(calm.session, "failed")
    Reply.objects.update(state="unknown")
    assert _titles(staff("view_reply")) == ["1 reply in doubt"]
