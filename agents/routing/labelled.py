"""Labelled cases: messages with the agent that each should get. What they are is told in cases/README.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.base import Turn

FOLDER = Path(__file__).resolve().parent / "cases"
NAMES = ("development", "held_out", "chat_mix")


@dataclass(frozen=True, slots=True)
class Case:
    """One message and its right target."""

    text: str
    platform: str
    target: str
    before: Sequence[Turn] = ()
    """At most three turns before it, oldest first."""
    tricky: bool = False
    """The words point elsewhere than the meaning."""


def load(name: str) -> list[Case]:
    """The cases of one of NAMES, in the order of the file."""
    if name not in NAMES:
        raise ValueError(f"there are no cases {name}; there are {', '.join(NAMES)}")
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_case(json.loads(line)) for line in lines if line.strip()]


def _case(row: dict[str, object]) -> Case:
    before = row.get("before") or []
    return Case(
        text=str(row["text"]),
        platform=str(row["platform"]),
        target=str(row["target"]),
        before=turns(before if isinstance(before, list) else []),
        tricky=bool(row.get("tricky")),
    )


def turns(rows: Sequence[dict[str, str]]) -> tuple[Turn, ...]:
    """Turns as cases keep them: `{"role": …, "text": …}` each."""
    return tuple(Turn(row["role"], row["text"]) for row in rows)
