"""What operators say to approvals: each decision holds for exactly the arguments that were shown to them."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from botplatform.admin import operations, showing
from botplatform.admin.operations import Asks, Operation, Result
from botplatform.models import Approval
from botplatform.pipeline import operating
from botplatform.pipeline.outcomes import Outcome

PERMISSION = "botplatform.decide_approval"
ANSWER_CHARS = 1000
_QUESTION = Result(False, "is a question: it is answered, not approved or denied")
_CALL = Result(False, "is no question: it is approved or denied")


def is_open(approval: Approval) -> bool:
    """Whether it still can be decided."""
    return approval.state == Approval.State.PENDING and approval.expires_at > timezone.now()


def comment_field() -> forms.CharField:
    return forms.CharField(
        label="Comment",
        required=False,
        max_length=1000,
        help_text="Stands in the conversation beside your name; when you deny, the agent reads it too.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def decides(approval: Approval) -> bool:
    """Whether it can be approved or denied: a question is answered instead."""
    return is_open(approval) and not approval.asks


def answers(approval: Approval) -> bool:
    """Whether it is a question that can be answered."""
    return is_open(approval) and approval.asks


class AnswerForm(forms.Form):
    """What the agent reads as the person's answer."""

    answer = forms.CharField(
        max_length=ANSWER_CHARS,
        help_text="The agent reads it as the answer. It stands in the conversation beside your name.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


class CommentForm(forms.Form):
    """What may be said with a decision."""

    comment = comment_field()


async def _asks(approval_id: int) -> bool:
    return await Approval.objects.filter(pk=approval_id, asks=True).aexists()


async def _approve(approval_id: int, by: str, *, seen: str, comment: str) -> Result:
    if await _asks(approval_id):
        return _QUESTION
    outcome = await operating.decide_approval(approval_id, approve=True, by=by, seen=seen, comment=comment)
    return operations.to_answer_and_deliver(outcome)


async def _deny(approval_id: int, by: str, *, seen: str, comment: str) -> Result:
    if await _asks(approval_id):
        return _QUESTION
    outcome = await operating.decide_approval(approval_id, approve=False, by=by, seen=seen, comment=comment)
    return operations.to_answer_and_deliver(outcome)


async def _answer(approval_id: int, by: str, *, seen: str, answer: str) -> Result:
    if not await _asks(approval_id):
        return _CALL
    outcome = await operating.decide_approval(approval_id, approve=True, by=by, seen=seen, comment=answer)
    return operations.to_answer_and_deliver(_in_words(outcome, "was answered"))


async def _unanswered(approval_id: int, by: str, *, seen: str, comment: str) -> Result:
    if not await _asks(approval_id):
        return _CALL
    outcome = await operating.decide_approval(approval_id, approve=False, by=by, seen=seen, comment=comment)
    return operations.to_answer_and_deliver(_in_words(outcome, "is left without an answer"))


def _in_words(outcome: Outcome, done: str) -> Outcome:
    return Outcome(outcome.done, done if outcome.done else outcome.told, outcome.session_id)


def shown(approval: Approval) -> SafeString:
    """Everything that a decision is about, short of the agent's words."""
    warning = read_from(approval) if approval.untrusted else ""
    return format_html(
        "{} {} {} {}{}", showing.anchor(approval), showing.label(approval.risk), showing.visible(approval.summary),
        warning, showing.block(showing.pretty(approval.arguments)) if approval.arguments else "",
    )  # fmt: skip


def read_from(approval: Approval) -> SafeString:
    """Where strangers' text came from that may have led the agent."""
    sources = format_html_join(", ", "{}", ((showing.visible(str(source)),) for source in approval.untrusted))
    return format_html('<p class="console-warning">The agent has read what strangers wrote: {}</p>', sources)


ASKS = Asks(CommentForm, seen=lambda approval: str(approval.arguments_hash), shown=shown)
APPROVE = Operation(
    "approve",
    "Approve",
    PERMISSION,
    "The calls are made with exactly these arguments.",
    _approve,
    decides,
    ASKS,
)
DENY = Operation("deny", "Deny", PERMISSION, "The calls are not made, and the agents are told.", _deny, decides, ASKS)
ANSWER = Operation(
    "answer",
    "Answer …",
    PERMISSION,
    "The agents go on with this answer.",
    _answer,
    answers,
    Asks(AnswerForm, seen=ASKS.seen, shown=shown),
)
UNANSWERED = Operation(
    "unanswered",
    "No answer",
    PERMISSION,
    "The agents are told that nobody answers, and go on without.",
    _unanswered,
    answers,
    ASKS,
)
