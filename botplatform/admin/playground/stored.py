"""Stored messages that a trial may use: the latest that an agent's runs answered, and the one that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from botplatform.admin import showing
from botplatform.admin.scoping import within
from botplatform.models import AgentConfig, Batch, Message, Run, Update

LATEST = 20
VERSIONS = 3
"""Newest versions whose runs are looked through, besides the published one."""
EXCERPT = 160


@dataclass(frozen=True, slots=True)
class Stored:
    """A batch, as it is offered."""

    pk: int
    text: str
    bot: str
    when: datetime

    @property
    def ago(self) -> str:
        return showing.relative(self.when)


def batch_of_update(request: HttpRequest, update_id: int) -> Batch | None:
    """The batch that answers an update, if the person may see it."""
    rows = within(request.user, Batch.objects.select_related("session__bot"))
    update = Update.objects.filter(pk=update_id).values_list("batch_id", flat=True).first()
    return rows.filter(pk=update).first() if update else None


def batch(request: HttpRequest, pk: int) -> Batch | None:
    """A batch that has messages, if the person may see it."""
    rows = within(request.user, Batch.objects.select_related("session__bot"))
    return rows.filter(pk=pk, messages__role=Message.Role.USER).distinct().first()


def latest(request: HttpRequest, config: AgentConfig, chosen: Batch | None) -> list[Stored]:
    """What is offered, the chosen one first, then the latest. A constant number of queries."""
    pks = list(dict.fromkeys(([chosen.pk] if chosen else []) + _recent(request, config)))[: LATEST + 1]
    batches = Batch.objects.select_related("session__bot").in_bulk(pks)
    said: dict[int, list[str]] = {}
    messages = Message.objects.filter(batch__in=pks, role=Message.Role.USER).order_by("update_id", "pk")
    for batch_id, text in messages.values_list("batch_id", "text")[: LATEST * 20]:
        said.setdefault(batch_id or 0, []).append(text)
    return [_offered(batches[pk], said[pk]) for pk in pks if pk in said and pk in batches]


def _recent(request: HttpRequest, config: AgentConfig) -> list[int]:
    """Version by version, for that is what there is an index for."""
    versions = set(config.versions.order_by("-number").values_list("pk", flat=True)[:VERSIONS])
    versions |= {config.published_id} if config.published_id else set()
    found: list[tuple[datetime, int]] = []
    for version in sorted(versions):
        runs = within(request.user, Run.objects.filter(config_version=version)).order_by("-started_at")
        found += runs.values_list("started_at", "batch_id")[:LATEST]
    return list(dict.fromkeys(pk for _, pk in sorted(found, reverse=True)))[:LATEST]


def _offered(row: Batch, texts: list[str]) -> Stored:
    return Stored(
        row.pk, showing.shorten(" ⏎ ".join(texts), EXCERPT), showing.visible(str(row.session.bot)), row.opened_at
    )
