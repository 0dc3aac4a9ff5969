"""The prompts that ship with the platform; operators edit their own copies."""

from __future__ import annotations

from pathlib import Path

PROMPTS = Path(__file__).resolve().parent.parent / "templates" / "prompts"


def shipped_prompt(agent: str) -> str:
    """Return the prompt that an agent starts with. Raises FileNotFoundError."""
    return (PROMPTS / f"{agent}.md").read_text(encoding="utf-8").strip()
