"""Reminders at the console: what is to be said when, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from botplatform.models import AuditEntry, Reminder
from tests.admin.rows import Rows, listed, operate, page, shown_ids, told

Staff = Callable[..., Client]
SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b"


def reminder(rows: Rows, **fields: Any) -> Reminder:
    values = {"session": rows.session, "number": 1, "text": "Drink tea", "due_at": timezone.now() + timedelta(hours=1)}
    return Reminder.objects.create(**values | fields)


def test_the_list_has_them_with_their_conversation(rows: Rows, console: Client) -> None:
    pending, posted = reminder(rows), reminder(rows, number=2, state="posted")
    assert shown_ids(console, Reminder) == [posted.pk, pending.pk]
    assert shown_ids(console, Reminder, "?state=pending") == [pending.pk]
    assert f'href="{page(rows.session)}"' in console.get(listed(Reminder)).text


def test_a_conversation_shows_its_reminders(rows: Rows, console: Client) -> None:
    assert f'href="{page(reminder(rows))}"' in console.get(page(rows.session)).text


def test_a_pending_one_is_cancelled_and_that_is_written_down(kept: Rows, console: Client) -> None:
    row = reminder(kept)
    answer = operate(console, "cancel", row, confirmed="yes", why="not wanted")
    assert told(answer) == [f"Reminder {row.pk} was cancelled."]
    assert Reminder.objects.get().state == "cancelled"
    [entry] = AuditEntry.objects.filter(action="reminder.cancel")
    assert (entry.who, entry.why, entry.before, entry.after) == (
        "root",
        "not wanted",
        {"state": "pending"},
        {"state": "cancelled"},
    )


def test_one_that_was_posted_stays_posted(kept: Rows, console: Client) -> None:
    row = reminder(kept, state="posted", posted_at=timezone.now())
    assert 'value="cancel"' not in console.get(page(row)).text
    assert told(operate(console, "cancel", row, confirmed="yes")) == [
        f"Reminder {row.pk} was posted or cancelled already."
    ]
    assert Reminder.objects.get().state == "posted"


def test_who_may_only_look_cannot_cancel(kept: Rows, staff: Staff) -> None:
    row = reminder(kept)
    client = staff("view_reminder")
    assert 'value="cancel"' not in client.get(page(row)).text
    operate(client, "cancel", row, confirmed="yes")
    assert Reminder.objects.get().state == "pending"


def test_nothing_in_it_is_markup_or_invisible(rows: Rows, console: Client) -> None:
    row = reminder(rows, text=SCRIPT + TRICK, asked_by=SCRIPT + TRICK)
    for url in (page(row), listed(Reminder), page(rows.session)):
        text = console.get(url).text
        assert "<script>alert" not in text
        assert not set("\u202e\u200b") & set(text)
