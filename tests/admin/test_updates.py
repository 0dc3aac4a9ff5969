from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from botplatform.models import Update
from tests.admin.rows import Rows, conversation, page, shown_ids

HOSTILE = {
    "not_utf8": b"\xff\xfe\x00garbage",
    "deep": b"[" * 100_000,
    "huge_integer": b'{"n": ' + b"9" * 5000 + b"}",
    "not_a_number": b'{"n": NaN, "m": -Infinity}',
    "lone_surrogate": b'{"t": "\\ud800", "z": "\\u0000"}',
    "form": b"payload=%7B%22a%22%3A%201%7D",
    "empty": b"",
    "large": b'{"t": "' + b"x" * 1_000_000 + b'"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_breaks_the_page(rows: Rows, console: Client, body: bytes) -> None:
    Update.objects.update(raw=body)
    answer = console.get(page(rows.update))
    assert answer.status_code == 200
    assert len(answer.content) < 600_000


def test_the_body_is_shown_indented(rows: Rows, console: Client) -> None:
    Update.objects.update(raw=b'{"update_id":7,"message":{"text":"<b>"}}')
    shown = "&quot;message&quot;: {\n    &quot;text&quot;: &quot;&lt;b&gt;&quot;"
    assert shown in console.get(page(rows.update)).text


@pytest.mark.parametrize("name", ["external_id", "request_id", "text", "author_id"])
def test_the_search_finds_it_by(rows: Rows, console: Client, name: str) -> None:
    conversation(text="Something else")
    assert shown_ids(console, Update, f"?q={getattr(rows.update, name)}") == [rows.update.pk]


def test_the_filters_narrow_the_list(rows: Rows, console: Client) -> None:
    Update.objects.update(state="ignored", kind="edit")
    conversation()
    for query in ("?state=ignored", "?kind=edit", f"?state=ignored&bot__id__exact={rows.bot.pk}"):
        assert shown_ids(console, Update, query) == [rows.update.pk]


def test_the_story_links_to_every_row_in_it(kept: Rows, console: Client) -> None:
    text = console.get(reverse("admin:botplatform_update_story", args=[kept.update.pk])).text
    told = (kept.update, kept.session, kept.batch, kept.run, kept.step, kept.reply)
    assert [row for row in told if page(row) not in text] == []
    assert "What is it?" in text


def test_the_page_links_to_its_story(rows: Rows, console: Client) -> None:
    assert reverse("admin:botplatform_update_story", args=[rows.update.pk]) in console.get(page(rows.update)).text


def test_the_story_of_nothing_is_not_found(rows: Rows, console: Client) -> None:
    assert console.get(reverse("admin:botplatform_update_story", args=[rows.update.pk + 1])).status_code == 404
