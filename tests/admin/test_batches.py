from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from botplatform.models import Batch
from tests.admin.rows import Rows, batch, conversation, listed, page, shown_ids

AGO, SOON = timezone.now() - timedelta(minutes=5), timezone.now() + timedelta(hours=1)


def test_the_newest_comes_first(rows: Rows, console: Client) -> None:
    newer = batch(rows.session)
    assert shown_ids(console, Batch) == [newer.pk, rows.batch.pk]


@pytest.mark.parametrize("lapsed", [{"lease_until": AGO}, {"progress_until": AGO}], ids=["lease", "progress"])
def test_the_filter_finds_what_is_stuck(rows: Rows, console: Client, lapsed: dict[str, object]) -> None:
    batch(conversation().session, "processing", progress_until=SOON)
    found = batch(rows.session, "processing", **lapsed)
    assert shown_ids(console, Batch, "?attention=stuck") == [found.pk]
    assert "stuck" in console.get(page(found)).text


def test_a_pause_before_the_next_try_is_not_stuck(rows: Rows, console: Client) -> None:
    batch(rows.session, "processing", lease_until=AGO, worker="", retry_at=SOON)
    assert shown_ids(console, Batch, "?attention=stuck") == []


@pytest.mark.parametrize("state", ["failed", "waiting"])
def test_the_filter_finds_states(rows: Rows, console: Client, state: str) -> None:
    found = batch(rows.session, state)
    assert shown_ids(console, Batch, f"?attention={state}") == [found.pk]
    assert shown_ids(console, Batch, f"?state={state}") == [found.pk]


@pytest.mark.parametrize("path", ["session.key", "session.title", "batch.request_id", "update.external_id"])
def test_the_search_finds_it_by(rows: Rows, console: Client, path: str) -> None:
    conversation(title="Somebody else")
    row, name = path.split(".")
    rows.session.title = "Ada's own"
    rows.session.save()
    term = getattr(getattr(rows, row), name)
    assert shown_ids(console, Batch, f"?q={term}") == [rows.batch.pk]


def test_an_unknown_filter_value_is_no_error(rows: Rows, console: Client) -> None:
    assert shown_ids(console, Batch, "?attention=nonsense&state=nonsense") == [rows.batch.pk]


def test_the_page_links_to_all_that_belongs_to_it(rows: Rows, console: Client) -> None:
    text = console.get(page(rows.batch)).text
    missing = [
        row
        for row in (rows.session, rows.message, rows.route, rows.run, rows.reply, rows.update)
        if page(row) not in text
    ]
    assert missing == []


def test_the_list_links_to_the_session(rows: Rows, console: Client) -> None:
    assert page(rows.session) in console.get(listed(Batch)).text
