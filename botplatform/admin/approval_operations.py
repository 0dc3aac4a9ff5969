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

PERMISSION = "botplatform.decide_approval"


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


class CommentForm(forms.Form):
    """What may be said with a decision."""

    comment = comment_field()


async def _approve(approval_id: int, by: str, *, seen: str, comment: str) -> Result:
    outcome = await operating.decide_approval(approval_id, approve=True, by=by, seen=seen, comment=comment)
    return operations.to_answer_and_deliver(outcome)


async def _deny(approval_id: int, by: str, *, seen: str, comment: str) -> Result:
    outcome = await operating.decide_approval(approval_id, approve=False, by=by, seen=seen, comment=comment)
    return operations.to_answer_and_deliver(outcome)


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
    is_open,
    ASKS,
)
DENY = Operation("deny", "Deny", PERMISSION, "The calls are not made, and the agents are told.", _deny, is_open, ASKS)
