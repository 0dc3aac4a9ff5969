"""What is known of batches beside their own rows: one query of each kind for all of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count

from botplatform.admin.attention import alive
from botplatform.admin.standing.planned import Planned, planned
from botplatform.models import Approval, Batch, Reply, Step

UNDER_WAY = frozenset({Batch.State.PROCESSING, Batch.State.WAITING, Batch.State.FAILED})
"""States in which the last step says something."""
MISSING = (Reply.State.FAILED, Reply.State.UNKNOWN)
"""Parts of an answer that have not arrived, as far as anybody knows."""


@dataclass(frozen=True, slots=True)
class LastStep:
    kind: str
    name: str
    state: str
    agent: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """An approval that is open."""

    pk: int
    number: int
    tool: str
    expires_at: datetime
    asks: bool = False
    """A question to a person rather than a call that waits."""


@dataclass(frozen=True, slots=True)
class Facts:
    step: LastStep | None = None
    plan: Planned | None = None
    """That its batch waits for."""
    questions: Sequence[Question] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    """State of a reply → parts of the present answer in it."""
    worker_lives: bool = False

    @property
    def is_half(self) -> bool:
        """Some of the answer was sent, and some of it never will be unless somebody sees to it."""
        return bool(self.parts.get(Reply.State.SENT)) and any(self.parts.get(state) for state in MISSING)

    @property
    def missing(self) -> int:
        return sum(self.parts.get(state, 0) for state in MISSING)


def of(batches: Sequence[Batch]) -> dict[int, Facts]:
    """By the batch's id."""
    under_way = [batch.pk for batch in batches if batch.state in UNDER_WAY]
    waiting = [batch.pk for batch in batches if batch.state == Batch.State.WAITING]
    answered = [batch.pk for batch in batches if batch.finished_at is not None]
    steps, questions, parts, plans = _steps(under_way), _questions(waiting), _parts(answered), planned(waiting)
    working = {batch.worker for batch in batches if batch.state == Batch.State.PROCESSING and batch.worker}
    living = set(alive().filter(name__in=working).values_list("name", flat=True)) if working else set()
    return {
        one.pk: Facts(
            steps.get(one.pk), plans.get(one.pk), questions[one.pk], parts[one.pk], worker_lives=one.worker in living
        )
        for one in batches
    }


def of_one(batch: Any) -> Facts:
    """As the list has found them, or looked up."""
    found: Facts | None = getattr(batch, "facts", None)
    if found is None:
        found = batch.facts = of([batch])[batch.pk]
    return found


def _steps(batch_ids: Sequence[int]) -> dict[int, LastStep]:
    if not batch_ids:
        return {}
    latest = Step.objects.filter(run__batch_id__in=batch_ids).order_by("run__batch_id", "-pk").distinct("run__batch_id")
    columns = latest.values_list("run__batch_id", "kind", "name", "state", "run__agent", "started_at", "finished_at")
    return {batch_id: LastStep(*rest) for batch_id, *rest in columns}


def _questions(batch_ids: Sequence[int]) -> Mapping[int, list[Question]]:
    found: dict[int, list[Question]] = defaultdict(list)
    if batch_ids:
        asked = Approval.objects.filter(batch_id__in=batch_ids, state=Approval.State.PENDING).order_by("pk")
        for one in asked.only("batch_id", "number", "tool", "expires_at", "asks"):
            found[one.batch_id].append(Question(one.pk, one.number, one.tool, one.expires_at, one.asks))
    return found


def _parts(batch_ids: Sequence[int]) -> Mapping[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    if batch_ids:
        answers = Reply.objects.filter(batch_id__in=batch_ids, kind=Reply.Kind.ANSWER, replaced_at=None)
        for batch_id, state, number in answers.values_list("batch_id", "state").annotate(n=Count("pk")).order_by():
            found[batch_id][state] = number
    return found
