"""Bots and agents that somebody has paused: who, since when, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from botplatform.admin import showing
from botplatform.admin.panels import address, person_may_view
from botplatform.admin.scoping import User, within
from botplatform.models import AgentConfig, AuditEntry, Batch, Bot

PAUSE_BOT, PAUSE_AGENT = "botplatform.pause_bot", "botplatform.pause_agentconfig"


@dataclass(frozen=True, slots=True)
class Paused:
    """One thing that is paused; `by` is empty and `since` None where nobody has written it down."""

    kind: str
    pk: int
    name: str
    url: str
    by: str
    since: datetime | None
    why: str
    waiting: int
    """Batches that are held up by it alone."""
    resume: str
    """Where the form that lets it go on is sent; empty for those who may not."""

    @property
    def when(self) -> str:
        return showing.relative(self.since) if self.since else ""


def paused_things(user: User) -> list[Paused]:
    """What of the bots and agents that the person may see is paused."""
    return [*_bots(user), *_agents(user)]


def _bots(user: User) -> list[Paused]:
    if not person_may_view(user, Bot):
        return []
    bots = list(within(user, Bot.objects.filter(paused=True)).order_by("transport", "slug"))
    open_states = (Batch.State.COLLECTING, Batch.State.WAITING, Batch.State.PROCESSING)
    counts = _counted(Q(session__bot__in=bots, state__in=open_states), "session__bot") if bots else {}
    return _paused(user, bots, PAUSE_BOT, {bot.pk: counts.get(bot.pk, 0) for bot in bots})


def _agents(user: User) -> list[Paused]:
    if not person_may_view(user, AgentConfig):
        return []
    agents = list(AgentConfig.objects.filter(paused=True).order_by("name"))
    names = [agent.name for agent in agents]
    counts = _counted(Q(state=Batch.State.WAITING, paused_agent__in=names), "paused_agent", user) if agents else {}
    return _paused(user, agents, PAUSE_AGENT, {agent.pk: counts.get(agent.name, 0) for agent in agents})


def _counted(which: Q, by: str, user: User | None = None) -> dict[object, int]:
    rows = Batch.objects.filter(which)
    rows = within(user, rows) if user is not None else rows
    return {row[by]: row["number"] for row in rows.values(by).annotate(number=Count("pk")).order_by()}


def _paused(
    user: User, rows: Sequence[Bot] | Sequence[AgentConfig], permission: str, counts: dict[int, int]
) -> list[Paused]:
    if not rows:
        return []
    model = type(rows[0])
    may = bool(getattr(user, "has_perm", None) and user.has_perm(permission))  # type: ignore[union-attr]
    entries = _entries(model._meta.label_lower, [str(row.pk) for row in rows])
    found = []
    for row in rows:
        entry = entries.get(str(row.pk))
        found.append(
            Paused(
                kind=str(model._meta.model_name),
                pk=row.pk,
                name=showing.shorten(str(row), 60),
                url=showing.page_of(row),
                by=showing.shorten(entry.who, 60) if entry else "",
                since=entry.at if entry else None,
                why=showing.shorten(entry.why, 200) if entry else "",
                waiting=counts[row.pk],
                resume=address(model) if may else "",
            )
        )
    return found


def _entries(object_type: str, ids: Sequence[str]) -> dict[str, AuditEntry]:
    """The latest pause of each row."""
    rows = AuditEntry.objects.filter(
        object_type=object_type, object_id__in=ids, action__endswith=".pause", took_effect=True
    )
    return {entry.object_id: entry for entry in rows.order_by("object_id", "-pk").distinct("object_id")}
