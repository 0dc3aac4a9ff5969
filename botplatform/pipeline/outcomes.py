"""What became of something that an operator did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the action took effect, what to tell the operator, and the session to look at next."""

    done: bool
    told: str
    session_id: int | None = None
