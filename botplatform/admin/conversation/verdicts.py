"""What became of a question about a tool call, in one sentence: who decided, when, by what, and what he said."""

from __future__ import annotations

from django.utils import timezone

from botplatform.admin import showing
from botplatform.models import Approval

VIA = {
    "button": "by a button in the conversation",
    "command": "by a command in the conversation",
    "message": "by a message in the conversation",
    "console": "at the console",
}
_UNDECIDED = {
    Approval.State.EXPIRED: "Nobody decided in time: it expired",
    Approval.State.VOID: "No longer needed: its batch ended otherwise",
}


def told(approval: Approval) -> str:
    """One sentence for the eye, with nothing invisible in it; times in UTC."""
    decided = approval.decided_at
    if decided is None:
        late = approval.state == Approval.State.PENDING and approval.expires_at <= timezone.now()
        if approval.state == Approval.State.PENDING and not late:
            return f"Open until {approval.expires_at:%Y-%m-%d %H:%M:%S} UTC."
        state = Approval.State.EXPIRED if late else Approval.State(approval.state)
        when = f" at {approval.expires_at:%Y-%m-%d %H:%M:%S} UTC" if state == Approval.State.EXPIRED else ""
        if approval.asks and state == Approval.State.EXPIRED:
            return f"Nobody answered in time: it expired{when}."
        return f"{_UNDECIDED.get(state, state.capitalize())}{when}."
    denied = approval.state == Approval.State.DENIED
    verb = ("Left without an answer" if denied else "Answered") if approval.asks else "Denied" if denied else "Approved"
    return f"{verb} by {who(approval)} {via(approval)}, {decided:%Y-%m-%d %H:%M:%S} UTC{_more(approval)}."


def who(approval: Approval) -> str:
    """The decider's name, and the provider's id where it says more than the name."""
    name, identity = (showing.shorten(text, 80) for text in (approval.decided_by, approval.decided_by_id))
    return f"{name} ({identity})" if identity and identity != name else name or "somebody"


def via(approval: Approval) -> str:
    return VIA.get(approval.decided_via, showing.shorten(approval.decided_via, 40))


def _more(approval: Approval) -> str:
    changed = ", with changed arguments" if approval.proposed is not None else ""
    comment = showing.shorten(approval.comment, 300)
    said = f": “{comment}”" if comment else ""
    void = "; then no longer needed" if approval.state == Approval.State.VOID else ""
    return f"{changed}{void}{said}"
