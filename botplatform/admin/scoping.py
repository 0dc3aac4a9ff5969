"""Which rows a person may see: those of all bots, unless somebody has limited him to some."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, Q, QuerySet

from botplatform.models import (
    Approval,
    Batch,
    Bot,
    BotAccess,
    Message,
    PairingLink,
    Plan,
    PlanStep,
    Reminder,
    Reply,
    Rollup,
    Route,
    RoutingCase,
    Run,
    Session,
    Step,
    Todo,
    Trial,
    Update,
)
from botplatform.models.agent import AgentOverride

User = AbstractBaseUser | AnonymousUser
M = TypeVar("M", bound=Model)

PATHS: dict[type[Model], str] = {
    Approval: "session__bot",
    AgentOverride: "bot",
    Batch: "session__bot",
    Bot: "pk",
    Message: "session__bot",
    PairingLink: "bot",
    Plan: "batch__session__bot",
    PlanStep: "plan__batch__session__bot",
    Reminder: "session__bot",
    Reply: "session__bot",
    Rollup: "bot",
    Route: "batch__session__bot",
    RoutingCase: "route__batch__session__bot",
    Run: "batch__session__bot",
    Session: "bot",
    Step: "run__batch__session__bot",
    Todo: "session__bot",
    Trial: "bot",
    Update: "bot",
}
"""How a row leads to its bot. Rows of other models belong to the whole installation."""


def bots_of(user: User) -> frozenset[int] | None:
    """The bots that a person is limited to; None: all of them. Asked once for each user object."""
    if getattr(user, "is_superuser", False) or user.pk is None:
        return None
    known = getattr(user, "_bots", None)
    if known is None:
        known = frozenset(BotAccess.objects.filter(user_id=user.pk).values_list("bot_id", flat=True))
        user._bots = known  # type: ignore[union-attr]  # lives as long as the request
    return known or None


def within(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows that the person may see."""
    limited, path = bots_of(user), PATHS.get(rows.model)
    return rows if limited is None or path is None else rows.filter(Q(**{f"{path}__in": limited}))


def may_see(user: User, row: Any) -> bool:
    """Whether the person may see this row; permission is another question."""
    model = type(row)
    if bots_of(user) is None or model not in PATHS:
        return True
    return within(user, model._base_manager.filter(pk=row.pk)).exists()
