"""Where the time went: the stretches from arrival to answer, and each run's steps, as bars on a common scale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botplatform.admin import showing

SMALLEST = 0.4
"""Per cent; less could not be seen."""
STEPS = 100
"""Bars of one run at most."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of time; `x` and `width` in per cent of the whole, `y` of a step its line."""

    name: str
    kind: str
    x: float
    width: float
    took: str
    y: int = 0


def stretches(told: dict[str, Any]) -> list[Bar]:
    """Collecting, waiting for a worker, working, leaving; those that have begun."""
    update, batch = told["update"], told["batch"]
    if not batch:
        return []
    now: datetime = update["asked_at"]
    sent = [one["sent_at"] for one in told["replies"] if one["kind"] == "answer" and one["sent_at"]]
    claimed, finished = batch["claimed_at"], batch["finished_at"]
    due = min(batch["due_at"], claimed or now, now)
    marks = [
        ("collecting", "collect", update["received_at"], due),
        ("waiting for a worker", "wait", due, claimed or finished or now),
    ]
    if claimed:
        marks.append(("working", "work", claimed, finished or now))
    if finished and sent:
        marks.append(("leaving", "leave", finished, max(sent)))
    begun = [(name, kind, start, max(start, end)) for name, kind, start, end in marks if start <= now]
    first, last = begun[0][2], max(end for *_, end in begun)
    return [_bar(name, kind, (start, end), (first, last)) for name, kind, start, end in begun]


def steps(run: dict[str, Any], now: datetime) -> list[Bar]:
    """A run's steps, one below the other."""
    shown = run["steps"][:STEPS]
    first: datetime = run["started_at"]
    ends = [step["finished_at"] or now for step in shown]
    last = max([run["finished_at"] or (now if run["state"] in ("running", "waiting") else first), *ends])
    return [
        _bar(step["name"], f"{step['kind']} {step['state']}", (step["started_at"], end), (first, last), number)
        for number, (step, end) in enumerate(zip(shown, ends, strict=True))
    ]


def _bar(name: str, kind: str, span: tuple[datetime, datetime], scale: tuple[datetime, datetime], y: int = 0) -> Bar:
    whole = max(scale[1] - scale[0], timedelta(milliseconds=1))
    start, end = max(span[0], scale[0]), max(span)
    x = min(max((start - scale[0]) / whole * 100, 0.0), 100.0 - SMALLEST)
    width = min(max((end - start) / whole * 100, SMALLEST), 100.0 - x)
    return Bar(showing.visible(name), kind, round(x, 2), round(width, 2), showing.distance(end - start), y)
