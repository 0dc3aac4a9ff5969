"""What operators do: through the list's actions and the buttons of a row's page, told row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.test import Client

from botplatform.models import AuditEntry, Batch, Message, Reply, Session, Update
from tests.admin.rows import Rows, batch, listed, page, told
from tests.admin.rows import operate as asked

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]


def operate(client: Client, name: str, *chosen: Model, **more: str) -> Any:
    """Run an action and confirm it."""
    return asked(client, name, *chosen, confirmed="yes", **more)


def test_a_failed_batch_is_answered_again(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed", attempts=3)
    answer = operate(console, "retry", kept.batch)
    kept.batch.refresh_from_db()
    assert (kept.batch.state, kept.batch.attempts) == ("waiting", 0)
    assert told(answer) == [f"Batch {kept.batch.pk} will be answered again."]
    assert nudges() == [("answer", [kept.session.pk])]


def test_a_finished_batch_is_not_answered_again(kept: Rows, console: Client, nudges: Nudged) -> None:
    answer = operate(console, "retry", kept.batch)
    assert told(answer) == [
        f"Batch {kept.batch.pk} is neither failed, cancelled nor stuck, or its messages are no longer kept."
    ]
    assert nudges() == []


def test_a_waiting_batch_is_cancelled(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="waiting")
    operate(console, "cancel", kept.batch)
    kept.batch.refresh_from_db()
    assert (kept.batch.state, kept.batch.reason) == ("cancelled", "cancelled by root")
    assert nudges() == [("answer", [kept.session.pk])]


def test_several_rows_are_confirmed_first(kept: Rows, console: Client, nudges: Nudged) -> None:
    failed = [batch(kept.session, "failed") for _ in range(2)]
    Message.objects.bulk_create(Message(session=kept.session, batch=row, text="again") for row in failed)
    answer = asked(console, "retry", *failed)
    assert [answer.text.count(f'value="{row.pk}"') for row in failed] == [1, 1]
    assert Batch.objects.filter(state="failed").count() == 2
    done = operate(console, "retry", *failed)
    assert told(done) == [f"Batch {row.pk} will be answered again." for row in failed]
    assert not Batch.objects.filter(state="failed").exists()


def test_too_many_rows_at_once_are_refused(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.bulk_create(Batch(session=kept.session, state="failed", due_at=kept.batch.due_at) for _ in range(101))
    answer = console.post(
        listed(Batch), {"action": "retry", "_selected_action": "1", "select_across": "1", "index": "0"}, follow=True
    )
    assert told(answer) == ["At most 100 at a time, please. Nothing was done."]
    assert Batch.objects.filter(state="failed").count() == 101


def test_who_may_only_look_changes_nothing(kept: Rows, staff: Staff, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed")
    client = staff("view_batch", "view_reply")
    for name in ("retry", "cancel", "resend"):
        operate(client, name, kept.batch)
    operate(client, "resend", kept.reply)
    assert Batch.objects.get().state == "failed"
    assert Reply.objects.get().state == "sent"
    assert nudges() == []
    assert 'value="retry"' not in client.get(page(kept.batch)).text


def test_who_may_change_batches_need_not_be_a_superuser(kept: Rows, staff: Staff, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed")
    operate(staff("change_batch"), "retry", kept.batch)
    assert Batch.objects.get().state == "waiting"


def test_the_pages_buttons_lead_back_to_the_page(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed")
    assert 'value="retry"' in console.get(page(kept.batch)).text
    answer = operate(console, "retry", kept.batch, from_page="1")
    assert answer.redirect_chain == [(page(kept.batch), 302)]


def test_operations_need_a_csrf_token(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed")
    console.handler.enforce_csrf_checks = True
    assert operate(console, "retry", kept.batch).status_code == 403
    assert Batch.objects.get().state == "failed"


def test_an_operation_is_noted_with_who_did_it(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed")
    operate(console, "retry", kept.batch, why="The model is back")
    entry = AuditEntry.objects.get(action="batch.retry")
    assert (entry.who, entry.action, entry.object_id) == ("root", "batch.retry", str(kept.batch.pk))
    assert (entry.why, entry.told, entry.took_effect) == ("The model is back", "will be answered again", True)
    assert (entry.before or {}).get("state") == "failed"
    assert (entry.after or {}).get("state") == "waiting"


def test_even_one_row_is_confirmed(kept: Rows, console: Client, nudges: Nudged) -> None:
    Batch.objects.filter(pk=kept.batch.pk).update(state="failed")
    assert "For the audit log" in asked(console, "retry", kept.batch).text
    assert Batch.objects.get().state == "failed"
    assert not AuditEntry.objects.filter(action="batch.retry").exists()


def test_what_took_no_effect_is_noted_too(kept: Rows, console: Client, nudges: Nudged) -> None:
    operate(console, "retry", kept.batch)
    assert not AuditEntry.objects.get(action="batch.retry").took_effect


def test_a_stored_answer_is_sent_again_in_all_its_parts(kept: Rows, console: Client, nudges: Nudged) -> None:
    Reply.objects.create(
        session=kept.session, batch=kept.batch, kind="answer", part=2, text="And more.", state="unknown"
    )
    Reply.objects.create(
        session=kept.session, batch=kept.batch, kind="placeholder", part=0, text="Thinking", state="sent"
    )
    answer = operate(console, "resend", kept.batch, parts="all")
    assert sorted(Reply.objects.filter(state="pending").values_list("part", flat=True)) == [1, 2]
    assert told(answer) == [f"Batch {kept.batch.pk} has the 2 parts of its answer to be sent again."]
    assert nudges() == [("deliver", kept.session.pk)]


def test_a_batch_without_an_answer_has_none_to_send(kept: Rows, console: Client, nudges: Nudged) -> None:
    Reply.objects.all().delete()
    assert told(operate(console, "resend", kept.batch, parts="all")) == [f"Batch {kept.batch.pk} has no stored answer."]
    assert nudges() == []


def test_a_reply_is_sent_again(kept: Rows, console: Client, nudges: Nudged) -> None:
    Reply.objects.filter(pk=kept.reply.pk).update(state="unknown")
    operate(console, "resend", kept.reply)
    assert Reply.objects.get().state == "pending"
    assert nudges() == [("deliver", kept.session.pk)]


def test_a_reply_counts_as_arrived(kept: Rows, console: Client, nudges: Nudged) -> None:
    Reply.objects.filter(pk=kept.reply.pk).update(state="unknown")
    operate(console, "arrived", kept.reply)
    assert (Reply.objects.get().state, Reply.objects.get().error) == ("sent", "marked as arrived by root")


def test_a_conversation_is_paused_and_goes_on(kept: Rows, console: Client, nudges: Nudged) -> None:
    operate(console, "set_paused", kept.session)
    assert Session.objects.get().mode == "paused"
    operate(console, "set_normal", kept.session)
    assert Session.objects.get().mode == "normal"
    assert ("answer", [kept.session.pk]) in nudges()


def test_a_cleared_conversation_keeps_its_messages(kept: Rows, console: Client, nudges: Nudged) -> None:
    operate(console, "clear", kept.session)
    assert Session.objects.get().history_from > kept.batch.opened_at
    assert Message.objects.count() == 2
    assert "not given to the model" in console.get(page(kept.session)).text


def test_an_update_is_replayed_as_a_new_one(kept: Rows, console: Client, nudges: Nudged) -> None:
    [said] = told(operate(console, "replay", kept.update))
    again = Update.objects.latest("pk")
    assert said == f"Update {kept.update.pk} was queued again as update {again.pk}."
    assert (again.state, again.text) == ("queued", kept.update.text)
    assert nudges() == [("answer", [again.session_id])]


def test_an_update_that_would_not_be_answered_is_not_replayed(kept: Rows, console: Client, nudges: Nudged) -> None:
    Update.objects.update(raw=b"not json")
    [said] = told(operate(console, "replay", kept.update))
    assert "would not be answered" in said
    assert Update.objects.count() == 1
