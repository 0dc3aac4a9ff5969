"""What operators say to routes: right, or where the messages should have gone instead."""

from __future__ import annotations

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget

from botplatform.admin import showing, targets
from botplatform.admin.operations import Asks, Operation, Result
from botplatform.models import Route
from botplatform.pipeline import judging

PERMISSION = "botplatform.change_route"


class TargetForm(forms.Form):
    """Who should have answered."""

    target = forms.ChoiceField(
        choices=targets.choose_agent, widget=UnfoldAdminSelectWidget(), label="Should have gone to"
    )


async def _right(route_id: int, by: str) -> Result:
    outcome = await judging.call_right(route_id, by=by)
    return Result(outcome.done, outcome.told)


async def _wrong(route_id: int, by: str, *, seen: str, target: str) -> Result:
    outcome = await judging.call_wrong(route_id, target, by=by)
    return Result(outcome.done, outcome.told)


def _shown(route: Route) -> SafeString:
    """With its first message, which the list has read for those who may see messages."""
    said = showing.shorten(getattr(route, "said", "") or "", 200)
    return format_html("{} <q>{}</q>", showing.anchor(route), said) if said else showing.anchor(route)


RIGHT = Operation(
    "right",
    "Right",
    PERMISSION,
    "They went to the right agents.",
    _right,
    lambda row: row.verdict != "right",
    confirm=False,
)
WRONG = Operation(
    "wrong",
    "Should have been …",
    PERMISSION,
    "Another agent should have answered. Each becomes a case by which patterns are judged from then on.",
    _wrong,
    asks=Asks(TargetForm, shown=_shown),
)
