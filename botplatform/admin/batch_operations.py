"""What operators do to batches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from botplatform.admin import operations, showing, targets
from botplatform.admin.attention import is_stuck
from botplatform.admin.operations import Asks, Operation, Result
from botplatform.admin.standing import facts
from botplatform.admin.standing.facts import MISSING
from botplatform.admin.standing.words import standing
from botplatform.models import Batch, Reply, Route
from botplatform.pipeline import judging, operating

MAY_JUDGE = "botplatform.change_route"
_ENDED = (Batch.State.FAILED, Batch.State.CANCELLED, Batch.State.WAITING)


def _shown(batch: Batch) -> SafeString:
    """With where it stands, for whoever confirms."""
    return format_html("{} {}", showing.anchor(batch), standing(batch).said)


class AgentForm(forms.Form):
    """Who shall answer instead."""

    agent = forms.ChoiceField(choices=targets.choose_agent, widget=UnfoldAdminSelectWidget())
    wrong = forms.BooleanField(
        label="The first choice was wrong",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Judges the route, and makes its messages a case by which patterns are judged; for those who may judge routes.",
    )


class PartsForm(forms.Form):
    """How much of an answer is sent again."""

    parts = forms.ChoiceField(
        choices=[
            ("missing", "Only the parts that were refused or are in doubt"),
            ("all", "All parts: people see a second time what had arrived"),
        ],
        initial="missing",
        widget=UnfoldAdminRadioSelectWidget(),
    )


async def _retry(batch_id: int, by: str, *, seen: str = "") -> Result:
    return operations.to_answer(await operating.retry_batch(batch_id, by=by))


async def _anew(batch_id: int, by: str, *, seen: str = "") -> Result:
    return operations.to_answer(await operating.retry_batch(batch_id, by=by, anew=True))


async def _elsewhere(batch_id: int, by: str, *, agent: str, wrong: bool, seen: str = "") -> Result:
    outcome = await operating.retry_batch(batch_id, by=by, anew=True, agent=agent)
    if not (outcome.done and wrong):
        return operations.to_answer(outcome)
    judged = await _judge(batch_id, agent, by)
    return operations.to_answer(operating.Outcome(True, f"{outcome.told}; {judged}", outcome.session_id))


async def _judge(batch_id: int, agent: str, by: str) -> str:
    """Each route is somebody's to judge, or not: asked again here, for the batch's permission does not include it."""
    judge = await User.objects.filter(username=by).afirst()
    if judge is None or not await judge.ahas_perm(MAY_JUDGE):
        return "its route was not judged, for you may not judge routes"
    route = await Route.objects.filter(batch_id=batch_id).afirst()
    if route is None:
        return "there is no route to judge"
    return f"its route {(await judging.call_wrong(route.pk, agent, by=by)).told}"


async def _cancel(batch_id: int, by: str, *, seen: str = "") -> Result:
    return operations.to_answer(await operating.cancel_batch(batch_id, by=by))


async def _resend(batch_id: int, by: str, *, parts: str, seen: str = "") -> Result:
    answer = Reply.objects.filter(batch_id=batch_id, kind=Reply.Kind.ANSWER, replaced_at=None).order_by("part")
    chosen = answer.filter(state__in=MISSING) if parts == "missing" else answer
    outcomes = [await operating.resend_reply(pk, by=by) async for pk in chosen.values_list("pk", flat=True)]
    sent = [outcome for outcome in outcomes if outcome.done]
    if sent:
        told = f"has {_parts(len(sent), await answer.acount())} to be sent again"
        return operations.to_deliver(operating.Outcome(True, told, sent[0].session_id))
    if not await answer.aexists():
        return Result(False, "has no stored answer")
    return Result(
        False,
        "has an answer that is on its way already" if outcomes else "misses no part: all arrived, or are on their way",
    )


def _parts(count: int, whole: int) -> str:
    if count == whole:
        return "its answer" if count == 1 else f"the {count} parts of its answer"
    return f"{count} of the {whole} parts of its answer"


def _may_be_resent(batch: Any) -> bool:
    return batch.state == Batch.State.DONE and bool(facts.of_one(batch).parts)


RETRY = Operation(
    "retry",
    "Retry from the last step",
    "botplatform.change_batch",
    "They go on after their last whole step: no model call or tool call that has ended is made again.",
    _retry,
    lambda batch: batch.state in _ENDED or is_stuck(batch),
)
ANEW = Operation(
    "anew",
    "Retry from the start",
    "botplatform.change_batch",
    "They are answered as if for the first time: every model call is made and paid again. What the chat has seen stays there.",
    _anew,
    lambda batch: batch.state in (*_ENDED, Batch.State.DONE) or is_stuck(batch),
)
ELSEWHERE = Operation(
    "elsewhere",
    "Send to another agent …",
    "botplatform.change_batch",
    "Another agent answers them, from the start. What the chat has seen stays there.",
    _elsewhere,
    lambda batch: batch.state in (*_ENDED, Batch.State.DONE) or is_stuck(batch),
    Asks(AgentForm, shown=_shown),
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
    "Send the stored answer again …",
    "botplatform.change_reply",
    "The answer is sent as it is stored; no model is asked.",
    _resend,
    _may_be_resent,
    Asks(PartsForm, shown=_shown),
)
OPERATIONS = (RETRY, ANEW, ELSEWHERE, CANCEL, RESEND)
