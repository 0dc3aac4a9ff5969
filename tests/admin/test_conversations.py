"""A conversation's page: what the person saw, what never arrived, who holds it, and what operators do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from botplatform.admin.conversation import streams
from botplatform.admin.conversation.streams import Cursor
from botplatform.models import AuditEntry, Batch, Bot, BotAccess, Message, Reply, Run, Session, Step, Update
from tests.admin.rows import Rows, approval, batch, conversation, listed, operate, page, shown_ids, told

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]
READS = ("view_session", "view_message", "view_reply", "view_batch")


def url(session: Session, name: str, query: str = "") -> str:
    return reverse(f"admin:botplatform_session_{name}", args=[session.pk]) + query


def reply(rows: Rows, **fields: Any) -> Reply:
    return Reply.objects.create(
        **{"session": rows.session, "batch": rows.batch, "kind": "notice", "text": "x"} | fields
    )


def said(client: Client, session: Session) -> list[tuple[str, str]]:
    """Kind and text of each line of the page."""
    return [(line.kind, line.text) for line in client.get(page(session)).context["conversation"]["lines"]]


def line(client: Client, session: Session, text: str) -> Any:
    [found] = [one for one in client.get(page(session)).context["conversation"]["lines"] if one.text == text]
    return found


def hold(session: Session, by: str) -> None:
    Session.objects.filter(pk=session.pk).update(mode="held", held_by=by, held_at=timezone.now())


# -- the transcript


def test_question_and_answer_stand_in_order_and_once(rows: Rows, console: Client) -> None:
    assert said(console, rows.session) == [("user", "What is it?"), ("answer", "It is that.")]


def test_lines_lead_to_everything_they_belong_to(rows: Rows, console: Client) -> None:
    asked, answered = console.get(page(rows.session)).context["conversation"]["lines"]
    story = reverse("admin:botplatform_update_story", args=[rows.update.pk])
    assert dict(asked.links) == {"story": story, f"batch {rows.batch.pk}": page(rows.batch)}
    assert {page(rows.run), page(rows.batch), page(rows.reply)} <= set(dict(answered.links).values())


def test_a_placeholder_is_shown_until_it_is_replaced(rows: Rows, console: Client) -> None:
    reply(rows, kind="placeholder", part=0, text="Thinking", state="sent", provider_id="77")
    assert ("placeholder", "Thinking") in said(console, rows.session)
    Reply.objects.filter(pk=rows.reply.pk).update(edits="77")
    assert ("placeholder", "Thinking") not in said(console, rows.session)


def test_a_placeholder_that_never_left_is_not_shown(rows: Rows, console: Client) -> None:
    reply(rows, kind="placeholder", part=0, text="Thinking", state="failed")
    assert "placeholder" not in dict(said(console, rows.session))


@pytest.mark.parametrize(
    ("state", "error", "label"),
    [
        ("pending", "", "not sent yet"),
        ("sending", "", "being sent"),
        ("failed", "HTTP 400", "not sent"),
        ("failed", "stopped: Grace took over", "stopped, not sent"),
        ("unknown", "HTTP 502", "nobody knows whether it arrived"),
    ],
)
def test_what_did_not_arrive_looks_different(rows: Rows, console: Client, state: str, error: str, label: str) -> None:
    reply(rows, text="never seen", state=state, error=error)
    shown = line(console, rows.session, "never seen")
    assert (shown.arrived, shown.remark) == (False, error)
    assert re.search(rf">\s*{label}\s*<", shown.label)
    assert re.search(r'<li class="notice lost">', console.get(page(rows.session)).text)


@pytest.mark.parametrize(
    ("state", "offered"), [("failed", True), ("unknown", True), ("pending", False), ("sent", False)]
)
def test_what_did_not_arrive_can_be_sent_after_all(rows: Rows, console: Client, state: str, offered: bool) -> None:
    made = reply(rows, text="never seen", state=state)
    assert line(console, rows.session, "never seen").resend == (made.pk if offered else None)


def test_who_may_not_change_replies_is_not_offered_to_send_them(rows: Rows, staff: Staff) -> None:
    reply(rows, text="never seen", state="failed")
    assert line(staff(*READS), rows.session, "never seen").resend is None


def test_a_failed_answer_is_sent_after_all_from_the_page(kept: Rows, console: Client, nudges: Nudged) -> None:
    made = reply(kept, text="never seen", state="failed")
    back = page(kept.session)
    answer = operate(console, "resend", made, from_page="1", next=back, confirmed="yes", why="They asked")
    assert answer.redirect_chain == [(back, 302)]
    made.refresh_from_db()
    assert made.state == "pending"


def test_a_question_shows_what_became_of_it_once(rows: Rows, console: Client) -> None:
    asked = approval(rows.run, state="denied", decided_by="Grace", decided_by_id="7", decided_via="button",
                     comment="Not now", decided_at=timezone.now())  # fmt: skip
    reply(rows, kind="prompt", text="May I?", state="sent", provider_id="80", approval=asked)
    reply(rows, kind="prompt", text="Denied by Grace", state="sent", provider_id="80", edits="80", approval=asked)
    assert [text for kind, text in said(console, rows.session) if kind == "prompt"] == ["May I?"]
    assert line(console, rows.session, "May I?").outcome.startswith(
        "Denied by Grace (7) by a button in the conversation, 2"
    )
    assert "“Not now”" in line(console, rows.session, "May I?").outcome


def test_a_note_is_marked_as_not_seen_by_the_person(rows: Rows, console: Client) -> None:
    Message.objects.create(session=rows.session, role="note", author_name="Grace", text="Be brief")
    note = line(console, rows.session, "Be brief")
    assert (note.kind, note.who, note.remark) == ("note", "Note to the agents by Grace", "nobody in the chat sees this")


def test_an_operators_message_stands_once_as_it_was_sent(rows: Rows, console: Client) -> None:
    Message.objects.create(session=rows.session, batch=rows.batch, role="operator", author_name="Grace", text="Hello")
    reply(rows, kind="operator", text="Hello", state="sent", sent_by="Grace")
    shown = line(console, rows.session, "Hello")
    assert (shown.kind, shown.who) == ("operator", "Grace, an operator")


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"state": "done", "reason": "muted"}, "no agent answered: the conversation was muted"),
        ({"state": "done"}, ""),
        ({"state": "failed", "error": "HTTP 500"}, "not answered: HTTP 500"),
        ({"state": "cancelled", "reason": "cancelled by Ada"}, "not answered, cancelled: cancelled by Ada"),
        ({"state": "waiting"}, "waits"),
    ],
)
def test_a_message_says_why_it_was_not_answered(
    rows: Rows, console: Client, fields: dict[str, str], remark: str
) -> None:
    Batch.objects.filter(pk=rows.batch.pk).update(**fields)
    assert line(console, rows.session, "What is it?").remark == remark


def test_what_never_reached_an_agent_ends_the_transcript_with_its_reason(
    rows: Rows, console: Client, staff: Staff
) -> None:
    Update.objects.create(
        bot=rows.session.bot, session=rows.session, external_id="9", account_id="1", kind="message", state="ignored",
        reason="the author is not on the bot's allow-list", author_name="Sam", text="Anybody?", raw=b"{}",
    )  # fmt: skip
    refused = line(console, rows.session, "Anybody?")
    assert said(console, rows.session)[-1] == ("user", "Anybody?")
    assert refused.remark == "ignored: the author is not on the bot's allow-list"
    assert "Anybody?" not in staff(*READS).get(page(rows.session)).text


def test_a_message_whose_work_is_stuck_says_so(rows: Rows, console: Client) -> None:
    Batch.objects.update(state="processing", lease_until=timezone.now() - timedelta(minutes=1))
    assert line(console, rows.session, "What is it?").remark == "the work on it is stuck"


def test_nothing_of_strangers_is_markup_or_stays_invisible(rows: Rows, console: Client) -> None:
    trick = "<script>alert(1)</script>\u202e\u200b"
    Message.objects.filter(pk=rows.message.pk).update(text=trick, author_name=trick)
    Session.objects.filter(pk=rows.session.pk).update(title=trick, held_by=trick, mode="held", held_at=timezone.now())
    for kind in ("notice", "operator", "prompt"):
        reply(rows, kind=kind, text=trick, error=trick, sent_by=trick, state="failed")
    Run.objects.filter(pk=rows.run.pk).update(agent=trick)
    for address in (page(rows.session), url(rows.session, "lines", "?since=0.0"), url(rows.session, "facts")):
        text = console.get(address).text
        assert "⟨U+202E⟩" in text
        assert not [one for one in ("<script>alert(1)", "\u202e", "\u200b") if one in text]


def test_the_text_of_a_deleted_message_is_said_to_be_deleted(rows: Rows, console: Client) -> None:
    Reply.objects.filter(pk=rows.reply.pk).update(text="")
    assert said(console, rows.session)[-1] == ("answer", "(deleted)")


# -- looking back


def many(rows: Rows, count: int) -> None:
    """That many messages and answers each, a second apart."""
    start = timezone.now() + timedelta(seconds=1)
    for n in range(count):
        at = start + timedelta(seconds=n)
        Message.objects.create(session=rows.session, text=f"q{n}", created_at=at)
        reply(rows, kind="notice", text=f"a{n}", state="sent", created_at=at + timedelta(milliseconds=500))


def test_looking_back_shows_each_line_once_in_order(rows: Rows) -> None:
    many(rows, 60)
    found: list[str] = []
    stretch = streams.read(rows.session, 50)
    found = [row.text for row in stretch.rows]
    while stretch.more:
        stretch = streams.read(rows.session, 50, before=stretch.first)
        found = [row.text for row in stretch.rows] + found
    assert found == ["What is it?", "It is that."] + [text for n in range(60) for text in (f"q{n}", f"a{n}")]


def test_a_page_that_stays_open_grows_and_loses_nothing(rows: Rows) -> None:
    many(rows, 30)
    opened = streams.read(rows.session, 20)
    many(rows, 3)
    assert len(streams.read(rows.session, 400, since=opened.first).rows) == 26


def test_a_stretch_of_replies_alone_still_finds_the_next_message(rows: Rows) -> None:
    for n in range(5):
        reply(rows, text=f"a{n}", state="sent", created_at=timezone.now() + timedelta(seconds=n + 1))
    opened = streams.read(rows.session, 3)
    assert [row.text for row in opened.rows] == ["a2", "a3", "a4"]
    Message.objects.create(session=rows.session, text="new", created_at=timezone.now() + timedelta(seconds=9))
    assert [row.text for row in streams.read(rows.session, 9, since=opened.first).rows] == ["a2", "a3", "a4", "new"]
    assert [row.text for row in streams.read(rows.session, 9, before=opened.first).rows][:1] == ["What is it?"]


@pytest.mark.parametrize("text", ["", "1", "1.", "a.b", "1.2.3", f"{'9' * 30}.1", "-1.2"])
def test_what_is_no_cursor_is_refused(rows: Rows, console: Client, text: str) -> None:
    assert Cursor.read(text) is None
    assert console.get(url(rows.session, "lines", f"?before={text}")).status_code == 404


def test_earlier_lines_come_with_the_way_to_still_earlier_ones(rows: Rows, console: Client) -> None:
    many(rows, 60)
    shown = console.get(page(rows.session)).context["conversation"]
    assert len(shown["lines"]) == 50
    text = console.get(shown["earlier_lines"]).text
    assert ">q10<" in text
    assert 'id="earlier"' in text


def test_more_lines_take_no_more_queries(rows: Rows, console: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            console.get(url(rows.session, "lines", "?since=0.0"))
        return len(captured)

    many(rows, 3)
    queries()
    few = queries()
    many(rows, 30)
    for n in range(5):
        reply(rows, kind="prompt", text=str(n), approval=approval(rows.run))
    assert queries() == few


# -- facts


def facts(client: Client, session: Session) -> dict[str, str]:
    return {name: str(value) for name, value in client.get(page(session)).context["conversation"]["facts"]}


def test_the_page_says_what_collects_and_when_it_is_due(rows: Rows, console: Client) -> None:
    made = batch(rows.session, "collecting", size=2, due_at=timezone.now() + timedelta(minutes=5))
    assert page(made) in facts(console, rows.session)["collecting"]
    assert "2 messages, due in 4 min" in facts(console, rows.session)["collecting"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"paused_agent": "tested-agent"}, "tested-agent is paused"),
        ({}, "until the conversation is released"),
        ({"lost_leases": 2, "wake_at": timezone.now() + timedelta(hours=1)}, "it cost two leases"),
    ],
)
def test_a_waiting_batch_says_why(rows: Rows, console: Client, fields: dict[str, Any], why: str) -> None:
    batch(rows.session, "waiting", **fields)
    assert why in facts(console, rows.session)["waiting"]


def test_a_batch_that_waits_for_a_decision_says_so(rows: Rows, console: Client) -> None:
    Batch.objects.filter(pk=rows.batch.pk).update(state="waiting", wake_at=timezone.now() + timedelta(hours=1))
    approval(rows.run)
    assert "for 1 decision" in facts(console, rows.session)["waiting"]


def test_a_running_answer_shows_its_agent_and_step(rows: Rows, console: Client) -> None:
    made = batch(rows.session, "processing", claimed_at=timezone.now())
    run = Run.objects.create(batch=made, epoch=1, agent="tested-agent", worker="worker@there:1")
    Step.objects.create(run=run, kind="model", name="anthropic:some-model")
    working = console.get(page(rows.session)).context["conversation"]["working"]
    assert re.fullmatch(r"Answering for \S+ s: tested-agent, asks anthropic:some-model for \S+ s", working.text)
    assert working.url == page(run)


# -- who may look


def test_who_may_only_view_has_no_buttons(rows: Rows, staff: Staff) -> None:
    hold(rows.session, "staff")
    answer = staff(*READS).get(page(rows.session))
    assert answer.context["conversation"]["mine"] is False
    assert not [one for one in ("talk-write", 'value="take_over"', "Release …", "Block …") if one in answer.text]


def test_who_may_not_read_messages_reads_none(rows: Rows, staff: Staff) -> None:
    answer = staff("view_session").get(page(rows.session))
    assert "You may not read what was said here." in answer.text
    assert "It is that." not in answer.text
    assert "What is it?" not in answer.text


@pytest.mark.parametrize("name", ["lines", "facts", "write", "release", "person"])
def test_conversations_of_other_bots_are_not_there(rows: Rows, staff: Staff, name: str) -> None:
    client = staff(*READS, "hold_session", "change_session")
    other = Bot.objects.create(transport="telegram", slug="other")
    BotAccess.objects.create(user=User.objects.get(username="staff"), bot=other)
    assert client.get(url(rows.session, name, "?since=0.0")).status_code == 404
    assert client.post(url(rows.session, name), {"text": "x"}).status_code == 404


@pytest.mark.parametrize("name", ["write", "release"])
def test_writing_needs_its_permission(rows: Rows, staff: Staff, name: str) -> None:
    hold(rows.session, "staff")
    assert staff(*READS, "change_session").post(url(rows.session, name), {"text": "x"}).status_code == 403


def test_writing_needs_a_csrf_token_and_a_post(rows: Rows, console: Client) -> None:
    assert console.get(url(rows.session, "write")).status_code == 405
    console.handler.enforce_csrf_checks = True
    assert console.post(url(rows.session, "write"), {"text": "x"}).status_code == 403


# -- taking over


def test_a_conversation_is_taken_over_written_in_and_released(kept: Rows, console: Client, nudges: Nudged) -> None:
    operate(console, "take_over", kept.session, from_page="1", confirmed="yes", why="The agent is lost")
    kept.session.refresh_from_db()
    assert (kept.session.mode, kept.session.held_by) == ("held", "root")
    assert "talk-write" in console.get(page(kept.session)).text
    console.post(url(kept.session, "write"), {"text": "Hello,\r\nI am Grace"})
    sent = Reply.objects.get(kind="operator")
    assert (sent.text, sent.sent_by, sent.state) == ("Hello,\nI am Grace", "root", "pending")
    assert ("deliver", kept.session.pk) in nudges()
    note = console.get(url(kept.session, "release")).context["form"].initial["note"]
    assert "Hello, I am Grace" in note
    console.post(url(kept.session, "release"), {"note": "They want a refund", "paused": "drop"})
    kept.session.refresh_from_db()
    assert (kept.session.mode, kept.session.held_by) == ("normal", "")
    assert Message.objects.get(role="note").text == "They want a refund"
    assert [(entry.action, entry.why) for entry in AuditEntry.objects.filter(object_type="botplatform.session").order_by("pk")] == [
        ("session.take_over", "The agent is lost"), ("session.write", ""), ("session.release", ""),
    ]  # fmt: skip


def test_it_is_confirmed_before_it_is_taken(rows: Rows, console: Client) -> None:
    answer = operate(console, "take_over", rows.session, from_page="1")
    assert "The agents stop at their next step" in answer.text
    rows.session.refresh_from_db()
    assert rows.session.mode == "normal"


def test_paused_work_goes_on_if_the_operator_says_so(kept: Rows, console: Client, nudges: Nudged) -> None:
    hold(kept.session, "root")
    made = batch(kept.session, "waiting")
    assert "1 batch stopped" in console.get(url(kept.session, "release")).text
    console.post(url(kept.session, "release"), {"note": "", "paused": "resume"})
    made.refresh_from_db()
    assert made.wake_at is not None
    assert ("answer", [kept.session.pk]) in nudges()


def test_whoever_holds_it_is_named_and_others_do_not_write(kept: Rows, console: Client, nudges: Nudged) -> None:
    hold(kept.session, "Grace")
    text = console.get(page(kept.session)).text
    assert "Grace has taken this conversation over" in text
    assert "talk-write" not in text
    answer = console.post(url(kept.session, "write"), {"text": "Me too"}, follow=True)
    assert "is not yours" in told(answer)[0]
    assert not Reply.objects.filter(kind="operator").exists()


def test_it_can_be_taken_from_its_holder(kept: Rows, console: Client, nudges: Nudged) -> None:
    hold(kept.session, "Grace")
    assert 'value="take_from"' in console.get(page(kept.session)).text
    operate(console, "take_from", kept.session, from_page="1", confirmed="yes")
    kept.session.refresh_from_db()
    assert kept.session.held_by == "root"
    assert 'value="take_from"' not in console.get(page(kept.session)).text


def test_what_could_not_be_sent_is_in_the_box_again(kept: Rows, console: Client, nudges: Nudged) -> None:
    hold(kept.session, "Grace")
    console.post(url(kept.session, "write"), {"text": "A long letter"})
    hold(kept.session, "root")
    assert "A long letter</textarea>" in console.get(page(kept.session)).text
    assert "A long letter</textarea>" not in console.get(page(kept.session)).text


def test_releasing_what_nobody_holds_says_so(kept: Rows, console: Client) -> None:
    answer = console.get(url(kept.session, "release"), follow=True)
    assert told(answer) == [f"Session {kept.session.pk} is not taken over."]


# -- people


def test_somebody_is_blocked_and_unblocked(kept: Rows, console: Client, nudges: Nudged) -> None:
    person = kept.message.author_id
    where = url(kept.session, "person", f"?id={person}")
    assert where in console.get(page(kept.session)).text
    assert "ignores what Ada" in console.get(where).text
    console.post(where, {"why": "Spam"})
    kept.bot.refresh_from_db()
    assert kept.bot.blocked_ids == [person]
    assert AuditEntry.objects.get(action="session.block_person").why == "Spam"
    assert "Unblock …" in console.get(page(kept.session)).text
    console.post(where, {"why": ""})
    kept.bot.refresh_from_db()
    assert kept.bot.blocked_ids == []


def test_blocking_needs_its_permission_and_somebody_who_is_there(rows: Rows, staff: Staff, console: Client) -> None:
    assert console.get(url(rows.session, "person", "?id=nobody")).status_code == 404
    assert staff(*READS).post(url(rows.session, "person", f"?id={rows.message.author_id}")).status_code == 403


# -- the list


@pytest.mark.parametrize("mode", ["held", "muted", "paused", "blocked"])
def test_the_list_has_a_filter_for_each_unusual_state(rows: Rows, console: Client, mode: str) -> None:
    other = conversation().session
    Session.objects.filter(pk=other.pk).update(mode=mode, held_by="Grace")
    assert shown_ids(console, Session, f"?mode={mode}") == [other.pk]
    assert ("Grace" in console.get(listed(Session)).text) is (mode == "held")


def test_the_list_has_those_active_today(rows: Rows, console: Client) -> None:
    Session.objects.filter(pk=conversation().session.pk).update(
        last_active_at=timezone.now() - timedelta(days=1, hours=1)
    )
    assert shown_ids(console, Session, "?active=today") == [rows.session.pk]
