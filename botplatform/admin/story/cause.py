"""What one reason is, and what it needs to be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botplatform.admin import showing

Told = dict[str, Any]
"""What explain() tells."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason. `mends` names rows whose operations help: update, session, batch, bot, reply."""

    text: str
    mends: tuple[str, ...] = ()
    grave: bool = False
    """Somebody has to do something; otherwise it is on its way, or meant to be so."""
    approval: int | None = None
    url: str = ""
    """Of a page that says more."""
    agent: str = ""
    replies: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        """With nothing invisible in it, and bounded."""
        return showing.shorten(self.text, 1_000)


_SILENT = {
    "operator": "an operator had taken the conversation over",
    "held": "an operator had taken the conversation over",
    "muted": "the conversation was muted",
    "blocked": "the person had blocked the bot",
}


def answers(told: Told) -> list[Told]:
    """The replies that are the answer, in the end."""
    return [
        one for one in told["replies"] if one["kind"] in ("answer", "notice", "operator") and not one["replaced_at"]
    ]


def own_runs(told: Told) -> list[Told]:
    """The runs that answer; those of the steps of a plan are told with their steps."""
    return [run for run in told["runs"] if run["plan_step"] is None]


def all_plans(told: Told) -> list[Told]:
    """In the order in which they were made."""
    return [*told["plans"], *([told["plan"]] if told["plan"] else [])]


def is_lapsed(step: Told, now: datetime) -> bool:
    """Whether a running step of a plan has lost its worker, or does not move."""
    lapsed = any(step[name] and step[name] < now for name in ("lease_until", "progress_until"))
    return bool(step["state"] == "running" and lapsed)


def is_stuck(batch: Told, now: datetime) -> bool:
    """As `attention.is_stuck`, of what explain() tells."""
    lapsed = any(batch[name] and batch[name] < now for name in ("lease_until", "progress_until"))
    pausing = batch["worker"] == "" and batch["retry_at"] is not None and batch["retry_at"] > now
    return bool(batch["state"] == "processing" and lapsed and not pausing)


def ended(reason: str) -> str:
    """A batch's or an update's stored reason, in words."""
    return _SILENT.get(reason, reason)


def decision(approval: Told) -> str:
    """What waits for a person's word, since when and until when."""
    number, tool = approval["number"], approval["tool"]
    what = f"an answer to question {number}" if approval["asks"] else f"approval {number} ({tool})"
    return f"waits for {what} since {since(approval['created_at'])}; expires at {since(approval['expires_at'])}"


def tries(failed: int) -> str:
    """How many attempts at a batch have failed."""
    return f"{failed} failed attempt{'' if failed == 1 else 's'}"


def since(moment: datetime | None) -> str:
    """A moment, and how far it is from now."""
    return f"{moment:%H:%M:%S} UTC ({showing.relative(moment)})" if moment else "an unknown moment"
