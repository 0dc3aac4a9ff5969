"""What waits: messages in the broker, and rows that are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils.safestring import SafeString
from redis.backoff import NoBackoff
from redis.retry import Retry

from botplatform.admin import showing
from botplatform.admin.panels import person_may_view
from botplatform.admin.scoping import User, within
from botplatform.models import Batch, Bot, PlanStep, Reply, Session, Update

QUEUE, UNACKED = "botplatform", "unacked"
"""The broker's list of messages, and its hash of those that a worker has taken and not finished."""
ANSWER_SECONDS = 0.5
COUNTED = 10_000
"""Rows of one kind that are counted; of more the page says so."""
PAUSED = Q(session__bot__paused=True) | Q(session__mode=Session.Mode.PAUSED)


@dataclass(frozen=True, slots=True)
class Broker:
    """The queue's length and what workers have taken of it; or that nobody could say."""

    reachable: bool
    queued: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """One kind of rows that wait."""

    title: str
    number: str
    hint: str
    oldest: str | SafeString


@dataclass(frozen=True, slots=True)
class Backlog:
    """Due batches of one bot."""

    bot: SafeString
    due: int
    oldest: str | SafeString
    paused: int


def broker() -> Broker:
    """Asks Redis, which gets half a second: without it the platform works, only later."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        with client, client.pipeline(transaction=False) as asked:
            asked.llen(QUEUE)
            asked.hlen(UNACKED)
            queued, taken = asked.execute()
    except (redis.RedisError, OSError):
        return Broker(reachable=False)
    return Broker(True, queued, taken)


def waiting(user: User) -> list[Queue]:
    """Due batches that may be claimed, replies that leave, commands and edits that wait for their task."""
    due = within(user, Batch.objects.filter(state=Batch.State.COLLECTING, due_at__lte=Now())).exclude(PAUSED)
    free = within(user, Batch.objects.filter(state=Batch.State.PROCESSING, worker="", lease_until__lte=Now()))
    leaving = within(user, Reply.objects.filter(state=Reply.State.PENDING, not_before__lte=Now()))
    controls = within(user, Update.objects.filter(state=Update.State.QUEUED, batch=None))
    return [
        _queue("due batches", "messages that nobody works on yet", due, "due_at"),
        _queue("batches handed back", "begun, and free for the next worker", free, "lease_until"),
        _queue("pending replies", "stored, to be sent now", leaving, "not_before"),
        _queue("commands and edits", "handled outside batches", controls, "received_at"),
        *_plan_steps(user),
    ]


def _plan_steps(user: User) -> list[Queue]:
    """For those who may see them."""
    if not person_may_view(user, PlanStep):
        return []
    steps = within(user, PlanStep.objects.filter(state=PlanStep.State.WAITING))
    return [_queue("waiting plan steps", "for a decision, an answer, checks or an operator", steps, "started_at")]


def _queue(title: str, hint: str, rows: object, moment: str) -> Queue:
    """Counted as far as COUNTED, so that a flood does not make the page slow as well."""
    found: Sequence[datetime | None] = list(rows.order_by(moment).values_list(moment, flat=True)[: COUNTED + 1])  # type: ignore[attr-defined]
    number = str(len(found)) if len(found) <= COUNTED else f"more than {COUNTED}"
    return Queue(title, number, hint, showing.short_moment(found[0]) if found else "")


def backlogs(user: User) -> list[Backlog]:
    """Bots with due batches, the largest backlog first; those of paused bots and conversations are counted apart."""
    due = within(user, Batch.objects.filter(state=Batch.State.COLLECTING, due_at__lte=Now()))
    counted = list(
        due.values("session__bot")
        .annotate(
            due=Count("pk", filter=~PAUSED), paused=Count("pk", filter=PAUSED), oldest=Min("due_at", filter=~PAUSED)
        )
        .order_by("-due", "-paused")[:50]
    )
    bots = Bot.objects.only("pk", "transport", "slug").in_bulk([row["session__bot"] for row in counted])
    return [
        Backlog(
            showing.anchor(bots[row["session__bot"]]), row["due"], showing.short_moment(row["oldest"]), row["paused"]
        )
        for row in counted
    ]
