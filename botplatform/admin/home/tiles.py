"""The tiles: what is at work now, counted from rows, and how it goes, from the sums of the last hour and of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Now

from botplatform.admin.attention import stuck
from botplatform.admin.home.figures import last_hour
from botplatform.admin.home.looking import Look, count, told
from botplatform.admin.home.writing import dollars, duration, percent, plain, short
from botplatform.admin.panels import address
from botplatform.admin.showing import NOTHING
from botplatform.health import BACKLOG_SECONDS
from botplatform.models import Batch, Reply, Run, Session, Step, Update
from botplatform.pipeline.rollups.histogram import percentile

WAITS_SECONDS = (10, BACKLOG_SECONDS)
"""From here on the age of the oldest due batch is told as unusual, and as bad."""
P95_SECONDS = (30, 120)
"""The same of the time to answer that 95 % do not exceed."""
ERROR_SHARE = (0.05, 0.2)
"""The same of runs that failed or were lost, of all that ended."""
ENOUGH = 5
"""Answers or runs in the hour, below which nothing is made of a single bad one."""
LEVELS = ("", "warning", "danger")


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. `complaint` says in the headline what is wrong with it."""

    title: str
    value: str
    note: str
    url: str
    level: str = ""
    complaint: str = ""
    wide: bool = False


def _level(value: float, bounds: tuple[float, float]) -> str:
    return LEVELS[sum(value >= bound for bound in bounds)]


def tiles(look: Look, now: datetime) -> list[Tile]:
    """Of what the person may see; three statements over sums, and one for each count of rows."""
    hour, today = _hour(look, now), _today(look, now)
    found: list[Tile] = []
    if look.sees(Update):
        found.append(_updates(hour))
    if look.sees(Reply):
        found.append(_answers(last_hour(look, now)))
    if look.sees(Run):
        found.append(_errors(hour))
    if look.sees(Batch):
        found += [_oldest(look), *_batches(look)]
    if look.sees(Update):
        found.append(Tile("duplicates refused", plain(hour["duplicates"]), "in the last hour", address(Update)))
    if look.sees(Run):
        found.append(_recoveries(hour))
    if look.sees(Step):
        found += _spent(today)
    return [*found, *_quiet(look)]


def _hour(look: Look, now: datetime) -> dict[str, int]:
    """Sums of the last hour, by minute; updates of the last five whole minutes."""
    minute = now.replace(second=0, microsecond=0)
    five = Q(kind="update", at__gte=minute - timedelta(minutes=5), at__lt=minute)
    ended = Q(kind="run", detail__in=["succeeded", "failed", "lost"])
    sums = look.rollups("minute").filter(at__gte=now - timedelta(hours=1))
    found = sums.aggregate(
        updates=Sum("count", filter=five), duplicates=Sum("count", filter=Q(kind="duplicate")),
        runs=Sum("count", filter=ended), broken=Sum("errors", filter=ended),
        lost=Sum("count", filter=Q(kind="run", detail="lost")), given_up=Sum("errors", filter=Q(kind="batch")),
    )  # fmt: skip
    return {name: value or 0 for name, value in found.items()}


def _today(look: Look, now: datetime) -> dict[str, Any]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sums = look.rollups("day").filter(kind="model", at__gte=midnight)
    found = sums.aggregate(into=Sum("tokens_in"), out=Sum("tokens_out"), cost=Sum("cost_usd"), calls=Sum("count"))
    return {name: value or 0 for name, value in found.items()}


def _updates(hour: dict[str, int]) -> Tile:
    return Tile("updates a minute", plain(hour["updates"] / 5), "over the last five", address(Update))


def _answers(histogram: Sequence[int]) -> Tile:
    url, total = address(Reply, kind="answer"), sum(histogram)
    if not total:
        return Tile("time to answer", NOTHING, "no answer in the last hour", url, wide=True)
    median, slow, slowest = (percentile(histogram, percent) or 0 for percent in (50, 95, 99))
    level = _level(slow / 1000, P95_SECONDS) if total >= ENOUGH else ""
    note = f"p95 {duration(slow)}, p99 {duration(slowest)}; {total:,} in the last hour"
    complaint = f"answers take long, p95 is {duration(slow)}" if level else ""
    return Tile("time to answer, p50", duration(median), note, url, level, complaint, wide=True)


def _errors(hour: dict[str, int]) -> Tile:
    runs, errors, url = hour["runs"], hour["broken"], address(Run, state="failed")
    if not runs:
        return Tile("error rate", NOTHING, "no run ended in the last hour", url)
    level = _level(errors / runs, ERROR_SHARE) if runs >= ENOUGH else ""
    note = f"{errors:,} of {runs:,} runs in an hour" + (
        f", {hour['given_up']:,} {'batch' if hour['given_up'] == 1 else 'batches'} failed" if hour["given_up"] else ""
    )
    complaint = f"{percent(errors / runs)} of the runs fail" if level else ""
    return Tile("error rate", percent(errors / runs), note, url, level, complaint)


def _oldest(look: Look) -> Tile:
    """Of batches that nothing holds back: no pause, and no batch before them that is being answered."""
    ahead = Batch.objects.filter(session=OuterRef("session"), state="processing")
    due = look.rows(Batch.objects.filter(state="collecting", due_at__lt=Now()))
    free = due.filter(~Exists(ahead), ~Q(session__mode="paused"), session__bot__paused=False)
    first = free.annotate(age=Now() - F("due_at")).order_by("due_at").values_list("age", flat=True).first()
    url = address(Batch, state="collecting")
    if first is None:
        return Tile("oldest due batch", NOTHING, "none is due", url)
    seconds = first.total_seconds()
    level = _level(seconds, WAITS_SECONDS)
    complaint = f"a batch has been due for {duration(seconds * 1000)}" if level else ""
    return Tile("oldest due batch", duration(seconds * 1000), "due for so long, not claimed", url, level, complaint)


def _batches(look: Look) -> list[Tile]:
    batches = Batch.objects.all()
    counted = {
        state: count(look.rows(batches.filter(state=state))) for state in ("collecting", "processing", "waiting")
    }
    hung = count(look.rows(batches.filter(stuck())))
    notes = {
        "collecting": "messages still join",
        "processing": "being answered",
        "waiting": "parked, or for a decision",
    }
    return [
        *(
            Tile(state, told(number), notes[state], address(Batch, state=state))
            for state, number in counted.items()
        ),
        Tile("stuck", told(hung), "no heartbeat or progress", address(Batch, attention="stuck"), "danger" if hung else ""),
    ]  # fmt: skip


def _recoveries(hour: dict[str, int]) -> Tile:
    lost = hour["lost"]
    return Tile(
        "recoveries",
        plain(lost),
        "lost runs taken up, in an hour",
        address(Run, state="lost"),
        "warning" if lost else "",
    )


def _spent(today: dict[str, Any]) -> list[Tile]:
    url = address(Step, kind="model")
    note = f"{short(today['into'])} in, {short(today['out'])} out"
    return [
        Tile("tokens today", short(today["into"] + today["out"]), note, url),
        Tile("spent today", dollars(today["cost"]), f"{today['calls']:,} model calls, UTC day", url),
    ]


def _quiet(look: Look) -> list[Tile]:
    """What is only worth a tile while there is any."""
    found = []
    if look.sees(Reply) and (leaving := count(look.rows(Reply.objects.filter(state__in=["pending", "sending"])))):
        found.append(Tile("replies leave", told(leaving), "pending or being sent", address(Reply, state="pending")))
    for mode, note in (("paused", "their messages wait"), ("held", "taken over by somebody")):
        if look.sees(Session) and (number := count(look.rows(Session.objects.filter(mode=mode)))):
            found.append(Tile(f"{mode} conversations", told(number), note, address(Session, mode=mode)))
    return found
