"""Notes that the agent keeps while it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import RunContext, Tool, ToolResult

NOTES = 10
NOTE_CHARS = 10_000
PREFIX = "pad:"


class Scratchpad(Tool):
    """Named notes that last as long as the answer is worked on."""

    name = "scratchpad"
    description = (
        "Keeps notes of your own while you work on this answer: findings, lists, drafts. They outlast an interruption, and "
        "nobody else sees them. write replaces a note, append adds to it, read returns it, clear throws it away; read without a "
        f"name lists the notes. At most {NOTES} notes of {NOTE_CHARS} characters."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": ["write", "append", "read", "clear"]},
            "name": {"type": "string", "pattern": r"^[\w .-]{1,40}$"},
            "text": {"type": "string", "maxLength": NOTE_CHARS},
        },
        "required": ["action"],
        "additionalProperties": False,
    }
    timeout_seconds = 10.0

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return "Keep a note for this work."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        kept = await context.kept()
        notes = {name.removeprefix(PREFIX): text for name, text in kept.items() if name.startswith(PREFIX)}
        action, name, text = arguments["action"], arguments.get("name"), arguments.get("text", "")
        if name is None:
            return _listed(notes) if action == "read" else ToolResult("Say in `name` which note.", is_error=True)
        match action:
            case "read":
                known = name in notes
                return ToolResult(notes[name] if known else f"There is no note {name}.", is_error=not known)
            case "clear":
                await context.keep(f"{PREFIX}{name}", "")
                return ToolResult(f"The note {name} is gone.")
            case "append":
                text = "\n".join(filter(None, [notes.get(name, ""), text]))
        if wrong := _wrong(name, text, notes):
            return ToolResult(wrong, is_error=True)
        await context.keep(f"{PREFIX}{name}", text)
        return ToolResult(f"Kept: {name}, {len(text)} characters.")


def _listed(notes: Mapping[str, str]) -> ToolResult:
    lines = [f"- {name}: {len(text)} characters" for name, text in sorted(notes.items())]
    return ToolResult("\n".join(lines) or "There are no notes yet.")


def _wrong(name: str, text: str, notes: Mapping[str, str]) -> str:
    if not text.strip():
        return "There is nothing to keep: say it in `text`."
    if len(text) > NOTE_CHARS:
        return f"The note would have {len(text)} characters; {NOTE_CHARS} fit. Nothing was kept."
    if name not in notes and len(notes) >= NOTES:
        return f"There are {NOTES} notes already: clear one first."
    return ""
