"""Questions of agents in the approvals inbox: answered with words, or left without an answer, and never approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from botplatform.admin.approval_inbox import status
from botplatform.models import Approval, AuditEntry, Batch
from tests.admin.rows import Rows, approval, listed, operate, page, shown_ids, told

Nudged = Callable[[], list[tuple[str, Any]]]
Staff = Callable[..., Client]
SCRIPT, TRICK = "<script>alert(1)</script>", "safe\u202egnp.exe\u200b"
ASKS: dict[str, Any] = {
    "asks": True, "tool": "ask_user", "summary": "Which colour?", "options": ["Blue", "Red <b>"], "risk": "low",
    "arguments": {"question": "Which colour?", "options": ["Blue", "Red <b>"]}, "reason": "it asks for an answer",
}  # fmt: skip


@pytest.fixture
def asked(kept: Rows) -> Approval:
    """A batch that waits for an answer."""
    Batch.objects.filter(pk=kept.batch.pk).update(state="waiting", wake_at=timezone.now() + timedelta(hours=5))
    return approval(kept.run, **ASKS)


def say(client: Client, name: str, row: Approval, **more: str) -> Any:
    seen = {f"seen_{row.pk}": row.arguments_hash}
    return operate(client, name, row, confirmed="yes", **seen, **more)


def test_an_answer_is_given_and_the_batch_goes_on(asked: Approval, console: Client, nudges: Nudged) -> None:
    answer = say(console, "answer", asked, answer="Green, please", from_page="1")
    asked.refresh_from_db()
    assert (asked.state, asked.comment, asked.decided_by, asked.decided_via) == (
        "approved",
        "Green, please",
        "root",
        "console",
    )
    assert told(answer) == [f"Approval {asked.pk} was answered."]
    assert asked.session_id in [session for _, session in nudges()]
    [entry] = AuditEntry.objects.filter(action="approval.answer")
    assert (entry.who, entry.after and entry.after["comment"]) == ("root", "Green, please")


def test_nobody_answers(asked: Approval, console: Client, nudges: Nudged) -> None:
    assert told(say(console, "unanswered", asked)) == [f"Approval {asked.pk} is left without an answer."]
    asked.refresh_from_db()
    assert asked.state == "denied"


@pytest.mark.parametrize("name", ["approve", "deny"])
def test_a_question_is_not_approved_or_denied(asked: Approval, console: Client, nudges: Nudged, name: str) -> None:
    assert "is a question" in told(say(console, name, asked))[0]
    asked.refresh_from_db()
    assert asked.state == "pending"


@pytest.mark.parametrize("name", ["answer", "unanswered"])
def test_a_call_is_not_answered(kept: Rows, console: Client, nudges: Nudged, name: str) -> None:
    row = approval(kept.run)
    assert "is no question" in told(say(console, name, row, answer="yes"))[0]
    row.refresh_from_db()
    assert row.state == "pending"


def test_an_empty_answer_is_asked_for_again(asked: Approval, console: Client, nudges: Nudged) -> None:
    assert say(console, "answer", asked, answer=" ").context["form"].errors
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_whoever_comes_second_reads_that_it_is_settled(asked: Approval, console: Client, nudges: Nudged) -> None:
    say(console, "answer", asked, answer="Blue")
    assert "was settled before" in told(say(console, "answer", asked, answer="Red"))[0]
    asked.refresh_from_db()
    assert asked.comment == "Blue"


def test_the_page_offers_the_options_and_no_approval(asked: Approval, console: Client) -> None:
    text = console.get(page(asked)).text
    for part in ('name="answer" value="Blue"', "Red &lt;b&gt;", "Which colour?", "No answer", 'value="unanswered"'):
        assert part in text, part
    for part in ('value="approve"', 'value="deny"', "Edit and approve", "Red <b>"):
        assert part not in text, part


def test_the_page_of_a_call_offers_no_answer(kept: Rows, console: Client) -> None:
    text = console.get(page(approval(kept.run))).text
    assert 'value="approve"' in text
    assert 'value="answer"' not in text


def test_a_question_is_not_edited(asked: Approval, console: Client) -> None:
    answer = console.get(reverse("admin:botplatform_approval_edit", args=[asked.pk]), follow=True)
    assert told(answer) == [f"Approval {asked.pk} is a question: it is answered, not edited."]


def test_the_inbox_shows_question_and_options(asked: Approval, console: Client) -> None:
    text = console.get(listed(Approval)).text
    for part in (f"Question {asked.pk}", "Which colour?", "Options:", "Red &lt;b&gt;", "Answer …"):
        assert part in text, part


def test_questions_can_be_listed_alone(asked: Approval, console: Client) -> None:
    approval(asked.run)
    assert shown_ids(console, Approval, "?asks__exact=1") == [asked.pk]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "executed", "comment": "Blue"}, "Answered by Ada by a button in the conversation"),
        ({"state": "denied"}, "Left without an answer by Ada"),
    ],
)
def test_what_became_of_it_is_told(kept: Rows, console: Client, fields: dict[str, Any], said: str) -> None:
    decided = {"decided_by": "Ada", "decided_via": "button", "decided_at": timezone.now()}
    assert said in str(status(approval(kept.run, **ASKS | decided | fields))["told"])


def test_one_that_nobody_answered_says_so(kept: Rows) -> None:
    past = timezone.now() - timedelta(minutes=1)
    assert str(status(approval(kept.run, **ASKS, expires_at=past))["told"]).startswith("Nobody answered in time")


def test_who_may_not_decide_only_reads(asked: Approval, staff: Staff, nudges: Nudged) -> None:
    client = staff("view_approval")
    text = client.get(page(asked)).text
    assert "Which colour?" in text
    assert 'name="answer"' not in text
    say(client, "answer", asked, answer="Blue")
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_nothing_in_it_is_markup_or_invisible(kept: Rows, console: Client) -> None:
    row = approval(
        kept.run, **ASKS | {"summary": SCRIPT + TRICK, "options": [SCRIPT + TRICK], "comment": SCRIPT + TRICK}
    )
    for url in (page(row), listed(Approval), reverse("admin:botplatform_approval_inbox")):
        text = console.get(url).text
        assert "<script>alert" not in text
        assert not set("\u202e\u200b") & set(text)
        assert "safe⟨U+202E⟩" in text


def test_home_tells_that_an_answer_is_wanted(asked: Approval, console: Client) -> None:
    text = console.get(reverse("console-home-now")).text
    assert "or an answer" in text
    assert "asks: Which colour?" in text
