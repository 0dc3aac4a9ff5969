"""The operations that help, as buttons: those of the rows which a cause names, for whoever may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from botplatform.admin.operations import Operation
from botplatform.admin.panels import address
from botplatform.admin.story.cause import Cause, Told
from botplatform.models import AgentConfig, Reply, Update


@dataclass(frozen=True, slots=True)
class Offer:
    """The operations of one row."""

    title: str
    action: str
    """Where the form goes: the list of that kind of row."""
    pk: int
    operations: Sequence[Operation]


def offers(request: HttpRequest, row: Update, told: Told, causes: Sequence[Cause]) -> list[Offer]:
    """Each row once, in the order of the causes; rows without an operation for this person are left out."""
    found: dict[tuple[type[Model], int], Offer] = {}
    for cause in causes:
        for one in _rows(row, told, cause):
            offer = _offer(request, one)
            if offer.operations:
                found.setdefault((type(one), one.pk), offer)
    return list(found.values()) if causes else _otherwise(request, row, told)


def _otherwise(request: HttpRequest, row: Update, told: Told) -> list[Offer]:
    """For an answer that has arrived and is not as it should be: another agent's, or a new one."""
    if row.batch is None or not told["runs"]:
        return []
    offer = _offer(request, row.batch)
    return [replace(offer, title=f"Not right? {offer.title}")] if offer.operations else []


def _rows(row: Update, told: Told, cause: Cause) -> list[Model]:
    rows: list[Model | None] = []
    for name in cause.mends:
        if name == "reply":
            rows += [Reply(pk=pk, state=_state(told, pk), kind=Reply.Kind.ANSWER) for pk in cause.replies]
        else:
            rows.append({"update": row, "session": row.session, "batch": row.batch, "bot": row.bot}[name])
    if cause.agent:
        rows.append(AgentConfig.objects.filter(name=cause.agent).first())
    return [one for one in rows if one is not None]


def _state(told: Told, reply_id: int) -> str:
    return next(str(one["state"]) for one in told["replies"] if one["id"] == reply_id)


def _offer(request: HttpRequest, row: Any) -> Offer:
    model = type(row)
    console = admin.site._registry[model]
    operations: Sequence[Operation] = getattr(console, "operations", ())
    usable = [one for one in operations if one.allowed(request) and one.offered(row)]
    name = str(model._meta.verbose_name)
    return Offer(f"{name.capitalize()} {row if model is AgentConfig else row.pk}", address(model), row.pk, usable)
