"""What operators do to batches."""

from __future__ import annotations

from botplatform.admin import operations
from botplatform.admin.attention import is_stuck
from botplatform.admin.operations import Operation, Result
from botplatform.models import Reply
from botplatform.pipeline import operating


async def _retry(batch_id: int, by: str) -> Result:
    return operations.to_answer(await operating.retry_batch(batch_id, by=by))


async def _cancel(batch_id: int, by: str) -> Result:
    return operations.to_answer(await operating.cancel_batch(batch_id, by=by))


async def _resend(batch_id: int, by: str) -> Result:
    parts = Reply.objects.filter(batch_id=batch_id, kind=Reply.Kind.ANSWER).order_by("part")
    outcomes = [await operating.resend_reply(pk, by=by) async for pk in parts.values_list("pk", flat=True)]
    sent = [outcome for outcome in outcomes if outcome.done]
    if not sent:
        return Result(False, "has an answer that is on its way already" if outcomes else "has no stored answer")
    return operations.to_deliver(
        operating.Outcome(True, f"has {_parts(len(sent))} to be sent again", sent[0].session_id)
    )


def _parts(count: int) -> str:
    return "its answer" if count == 1 else f"the {count} parts of its answer"


RETRY = Operation(
    "retry",
    "Answer again",
    "botplatform.change_batch",
    "Failed, cancelled, waiting and stuck batches are answered again, from their last whole step.",
    _retry,
    lambda batch: batch.state in ("failed", "cancelled", "waiting") or is_stuck(batch),
)
CANCEL = Operation(
    "cancel",
    "Cancel",
    "botplatform.change_batch",
    "Whoever works on them stops at the next write; nobody is told.",
    _cancel,
    lambda batch: batch.state in ("collecting", "processing", "waiting", "failed"),
)
RESEND = Operation(
    "resend",
    "Send the stored answer again",
    "botplatform.change_reply",
    "All parts of their answers are sent again as they are; no model is asked. People see them a second time.",
    _resend,
    lambda batch: batch.state == "done" and batch.replies.filter(kind=Reply.Kind.ANSWER).exists(),
)
