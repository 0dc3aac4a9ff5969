"""What may stand in a schedule: our own tasks that need no arguments. Nothing else is ever sent by beat."""

from __future__ import annotations

import json
from typing import Any

SCHEDULABLE = {
    "sweep": "finds what was forgotten",
    "prune": "deletes what has served its time",
    "roll_up": "adds up the figures of the charts",
    "judge_canaries": "returns a canary that does badly",
}
"""Task → what it does."""


def refusal(task: str, args: Any, kwargs: Any) -> str:
    """Why a row may not run; empty if it may. Arguments as they are stored, in JSON."""
    if task not in SCHEDULABLE:
        return f"{task or 'no task'} is not a task that may be scheduled"
    return "" if _is_empty(args) and _is_empty(kwargs) else f"{task} takes no arguments"


def _is_empty(stored: Any) -> bool:
    try:
        return not (json.loads(stored) if isinstance(stored, str) and stored.strip() else stored)
    except ValueError:
        return False
