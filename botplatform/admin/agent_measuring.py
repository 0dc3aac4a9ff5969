"""What a draft of the router's prompt does to routing, shown before it can be published. One measurement takes minutes,
so its result goes with the page, signed, and counts for exactly the draft that it was made of.
"""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.core import signing
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from botplatform.admin.routing.figures import beside
from botplatform.models import AgentConfig, AgentDraft
from botplatform.pipeline import measuring, publishing
from botplatform.pipeline.measuring import Measured

SALT = "agents.measured"
HOURS = 24


def of(request: HttpRequest, config: AgentConfig, draft: AgentDraft) -> Measured | None:
    """The measurement that came with the request, or a new one where the operator asked for it; None: none yet."""
    if not measuring.measurable(draft):
        return Measured()
    if request.method != "POST":
        return None
    if known := _unsigned(request.POST.get("measured", ""), publishing.seen(config)):
        return known
    return async_to_sync(measuring.measure)(config.published, draft)


def came_with(request: HttpRequest, config: AgentConfig, draft: AgentDraft) -> bool:
    """Whether the operator has seen the measurement."""
    shown = _unsigned(request.POST.get("measured", ""), publishing.seen(config))
    return shown is not None or not measuring.measurable(draft)


def signed(measured: Measured, seen: str) -> str:
    """For the page's form."""
    value = {"seen": seen, "before": measured.before, "after": measured.after, "loss": measured.loss}
    return signing.dumps(value, salt=SALT, compress=True)


def _unsigned(token: str, seen: str) -> Measured | None:
    try:
        value = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        return None
    return Measured(value["before"], value["after"], value["loss"]) if value["seen"] == seen else None


def shown(measured: Measured) -> SafeString:
    """Figures and confusion matrix, before and after."""
    figures = beside(("Before", measured.before), ("After", measured.after)) if measured.after else ""
    context = {"figures": figures, "loss": measured.loss}
    return mark_safe(render_to_string("admin/measured.html", context))  # noqa: S308 - escaped in the template
