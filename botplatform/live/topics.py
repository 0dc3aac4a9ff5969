"""What a page may follow: who may know of it, and what to ask the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Model

from botplatform.admin.panels import person_may_view
from botplatform.admin.scoping import User, may_see
from botplatform.admin.story.links import QUOTED
from botplatform.health import SILENT_AFTER
from botplatform.live import fingerprints
from botplatform.models import Approval, Batch, Plan, PlanStep, Process, Session, Trial, Update

_NAME = re.compile(r"([a-z]{1,20})(?:-([1-9][0-9]{0,17}))?")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of topic. A person must be allowed to view all of `models`; none: every member of staff may."""

    models: tuple[type[Model], ...]
    parts: tuple[str, ...]
    row: type[Model] | None = None
    """The topic is about one row of it, whose bot the person must not be barred from."""


KINDS: Mapping[str, Kind] = {
    # The tiles of the home page are chosen by permission, one by one, when they are drawn.
    "home": Kind(
        (),
        (
            "clock", "newest_update", "newest_reply", "last_step", "last_batch", "open_batches", "failed_batches", "trouble",
            "quarantined", "unusual_sessions", "pending", "alive", "bots", "agents", "open_steps",
        ),
    ),
    "approvals": Kind((Approval,), ("pending", "approvals")),
    "batches": Kind((Batch,), ("open_batches", "failed_batches", "last_batch", "newest_step", "alive", "open_steps")),
    "workers": Kind((Process,), ("processes", "alive", "open_batches", "newest_step", "bots", "agents", "open_steps")),
    "session": Kind(
        (Session,),
        (
            "session", "said", "session_replies", "session_batches", "session_approvals", "session_steps", "session_plans",
            "reminders", "todos", "session_bot",
        ),
        Session,
    ),
    "update": Kind(
        QUOTED,
        (
            "update", "update_session", "update_batch", "update_message", "update_route", "update_runs", "update_steps",
            "update_plans", "update_plan_steps", "update_approvals", "update_replies", "agents",
        ),
        Update,
    ),
    "plan": Kind((Plan, PlanStep), ("plan", "plan_steps", "plan_batch", "plan_runs", "plan_approvals"), Plan),
    "trial": Kind((Trial,), ("trial",), Trial),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """`home`, or `session-12`."""

    name: str
    kind: Kind
    row_id: int | None

    @property
    def sql(self) -> str:
        return fingerprints.statement(self.kind.parts)

    @property
    def params(self) -> dict[str, Any]:
        return {"id": self.row_id, "silent": settings.HEARTBEAT * SILENT_AFTER}


def read(name: object) -> Topic | None:
    """The topic of that name; None when there is none."""
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    kind = KINDS.get(match[1]) if match else None
    if match is None or kind is None or bool(kind.row) != bool(match[2]):
        return None
    return Topic(match[0], kind, int(match[2]) if match[2] else None)


def may_follow(user: User, topic: Topic) -> bool:
    """Whether the person may know when this changes: by permission, and by the bots they are limited to."""
    if not person_may_view(user, *topic.kind.models):
        return False
    return topic.kind.row is None or may_see(user, topic.kind.row(pk=topic.row_id))
