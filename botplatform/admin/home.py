"""The home page: what needs a person now, and what is at work. Counts of rows, nothing estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from botplatform.admin.attention import alive, stuck, undecided
from botplatform.admin.panels import address, may_view
from botplatform.models import Approval, Batch, Bot, Process, Reply, Session, Update


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows to count, in words, and the list of them."""

    title: str
    """For one and for several, parted by `|`."""
    hint: str
    icon: str
    rows: QuerySet[Any]
    filters: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """What the page shows of it."""

    number: int
    title: str
    hint: str
    icon: str
    url: str


def _trouble() -> list[Watch]:
    batches, replies, updates = Batch.objects, Reply.objects, Update.objects
    refused = replies.filter(state="failed").exclude(kind="placeholder")
    complaints = Bot.objects.filter(enabled=True).exclude(problem="")
    return [
        Watch(
            "approval waits|approvals wait",
            "whether a tool call is made",
            "approval",
            Approval.objects.filter(undecided()),
            "attention=waiting",
        ),
        Watch(
            "stuck batch|stuck batches",
            "no heartbeat or no progress",
            "hourglass_disabled",
            batches.filter(stuck()),
            "attention=stuck",
        ),
        Watch(
            "failed batch|failed batches",
            "given up after their attempts",
            "error",
            batches.filter(state="failed"),
            "attention=failed",
        ),
        Watch(
            "reply in doubt|replies in doubt",
            "arrived or not: you decide",
            "help",
            replies.filter(state="unknown"),
            "state=unknown",
        ),
        Watch("failed reply|failed replies", "the platform refused them", "sms_failed", refused, "state=failed"),
        Watch(
            "quarantined update|quarantined updates",
            "signed, but unreadable",
            "report",
            updates.filter(state="quarantined"),
            "state=quarantined",
        ),
        Watch("bot with a problem|bots with a problem", "their provider complains", "smart_toy", complaints),
    ]


def _work() -> list[Watch]:
    batches = Batch.objects
    leaving = Reply.objects.filter(state__in=["pending", "sending"])
    paused = Session.objects.filter(mode="paused")
    return [
        Watch(
            "batch collects|batches collect",
            "messages still join",
            "inbox",
            batches.filter(state="collecting"),
            "state=collecting",
        ),
        Watch(
            "batch is answered|batches are answered",
            "a worker is at it",
            "autorenew",
            batches.filter(state="processing"),
            "state=processing",
        ),
        Watch(
            "batch waits|batches wait",
            "parked until they may go on",
            "schedule",
            batches.filter(state="waiting"),
            "state=waiting",
        ),
        Watch("reply leaves|replies leave", "pending or being sent", "outbox", leaving, "state__in=pending,sending"),
        Watch(
            "paused conversation|paused conversations", "until you let it go on", "pause_circle", paused, "mode=paused"
        ),
    ]


def _counts(request: HttpRequest, watched: list[Watch]) -> list[Count]:
    """Of what the signed-in person may see."""
    return [_count(watch) for watch in watched if may_view(request, watch.rows.model)]


def _count(watch: Watch) -> Count:
    number = watch.rows.count()
    one, many = watch.title.split("|")
    return Count(
        number, one if number == 1 else many, watch.hint, watch.icon, f"{address(watch.rows.model)}?{watch.filters}"
    )


def _missing() -> list[Count]:
    roles = set(alive().values_list("role", flat=True))
    hints = {"worker": "nothing is answered", "beat": "workers sweep by themselves meanwhile"}
    away = [role for role in hints if role not in roles]
    return [Count(0, f"no {role} is alive", hints[role], "power_off", address(Process)) for role in away]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds to the context of the home page."""
    trouble, processes = _counts(request, _trouble()), may_view(request, Process)
    return {
        **context,
        "title": "Home",
        "missing": _missing() if processes else [],
        "needs_you": [count for count in trouble if count.number],
        "watched": bool(trouble),
        "at_work": _counts(request, _work()),
        "processes": alive().order_by("role", "name") if processes else [],
    }
