"""Operations on conversations: take over, and how batches are treated."""

from __future__ import annotations

import structlog
from django.db.models.functions import Now
from django.http import HttpRequest

from botplatform.admin import operations
from botplatform.admin.conversation.page import CHANGE, HOLD
from botplatform.admin.operations import Operation, Result
from botplatform.models import Session
from botplatform.pipeline import holding, operating

log = structlog.get_logger(__name__)

HELD = Session.Mode.HELD


async def _take(session_id: int, by: str) -> Result:
    return operations.to_deliver(await holding.take_over(session_id, by=by))


def _mode(mode: str, title: str, explanation: str) -> Operation:
    async def perform(session_id: int, by: str) -> Result:
        return operations.to_answer(await operating.set_mode(session_id, mode, by=by))

    return Operation(
        f"set_{mode}", title, CHANGE, explanation, perform, lambda row: row.mode not in (mode, HELD), confirm=False
    )


async def _clear(session_id: int, by: str) -> Result:
    await Session.objects.filter(pk=session_id).aupdate(history_from=Now())
    log.info("session.cleared", session_id=session_id, by=by)
    return Result(True, "starts afresh: nothing said before is given to the model")


_WHAT_HAPPENS = (
    "The agents stop at their next step, and what they have not sent yet stays here. Whoever takes over writes through the bot "
    "until the conversation is released."
)
TAKE = Operation("take_over", "Take over", HOLD, _WHAT_HAPPENS, _take, lambda row: row.mode != HELD)
TAKE_FROM = Operation(
    "take_from",
    "Take it from its holder",
    HOLD,
    f"Somebody else writes in it at this moment, and can no longer do so afterwards. {_WHAT_HAPPENS}",
    _take,
    lambda row: row.mode == HELD,
)
OPERATIONS = (
    TAKE,
    TAKE_FROM,
    _mode("normal", "Answer normally", "Batches are claimed and answered again."),
    _mode("muted", "Mute", "Due batches end without an answer."),
    _mode("paused", "Pause", "Due batches wait until the conversation is answered normally again."),
    Operation(
        "clear",
        "Clear history",
        CHANGE,
        "The model no longer gets what was said before; nothing is deleted.",
        _clear,
    ),
)


def offered(request: HttpRequest, session: Session) -> list[Operation]:
    """What the signed-in person may do to this conversation now; nobody takes from himself."""
    mine = session.mode == HELD and session.held_by == request.user.get_username()
    return [
        one for one in OPERATIONS if one.allowed(request) and one.offered(session) and not (mine and one is TAKE_FROM)
    ]
