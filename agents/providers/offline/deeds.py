"""Tools that do something: what is said before such a call, after it, and where no tool does what is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.providers.offline.errands import LIST, REMINDER
from agents.providers.offline.orders import is_order
from agents.providers.offline.reading import Result
from agents.providers.offline.wishes import DELETE_HISTORY, Call

LOOKING = ("calculator", "current_time")
"""Tools that change nothing; nobody needs to hear of them first."""
NOTING = (REMINDER, LIST)
_FOR_MODELS = re.compile(r"\s*Do not try it again.*\Z", re.DOTALL)
"""What a refusal says to the model alone."""

_REFUSED = re.compile(r"(.{1,200}? denied this call|Nobody decided about this call)\b", re.DOTALL)
"""A refusal by people, who need not be told what they wrote."""


def restated(calls: Sequence[Call]) -> str:
    """One sentence for each call that does something."""
    return " ".join(_restated(call.name) for call in calls if call.name not in LOOKING)


def _restated(name: str) -> str:
    if name == DELETE_HISTORY:
        return "I will delete what was said in this conversation so far."
    if name in NOTING:
        return "I will note that down." if name == LIST else "I will set the reminder."
    return f"I will call the tool `{name}`, as you ask."


def told(result: Result) -> str:
    """What became of a call, in the words of its result."""
    if result.is_error and (refused := _REFUSED.match(result.text)):
        return f"All right, nothing was done: {refused[1]}."
    if result.is_error:
        return f"The call of `{result.tool}` brought no result: {_FOR_MODELS.sub('', result.text)}"
    if result.tool == DELETE_HISTORY:
        return f"Done. {result.text}"
    if result.tool in NOTING:
        return result.text
    return f"The tool `{result.tool}` answered:\n\n{result.text}"


def no_tool(text: str, tools: Sequence[Mapping[str, Any]]) -> str:
    """For an order that no tool carries out; empty if the message is none."""
    if not is_order(text):
        return ""
    if not tools:
        return "I have no tool that does this, so nothing has been done."
    listed = "\n".join(f"- `{tool['name']}`: {str(tool['description']).split('. ')[0].rstrip('.')}." for tool in tools)
    return f"None of my tools does this, so nothing has been done. What they can do:\n\n{listed}"
