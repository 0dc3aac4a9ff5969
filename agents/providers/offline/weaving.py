"""Putting together what the steps of a plan have brought, as a prompt shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_STEP = re.compile(
    r"^Step (?P<id>[^\n]+?) \((?P<worker>\w+), (?P<state>\w+)\): (?P<about>[^\n]*)\n"
    r'<untrusted source="[^"]*">\n(?P<said>.*?)\n</untrusted>',
    re.MULTILINE | re.DOTALL,
)
_SOURCES = re.compile(r'<untrusted source="sources">\n(.*?)\n</untrusted>', re.DOTALL)
_SOURCE = re.compile(r'^\[(\d+)\] (\S+)[^"\n]*(?:"([^"\n]*)")?', re.MULTILINE)
INTRODUCTION = "This is what the steps have brought:"
NOTHING = "None of the steps has brought anything."


def woven(messages: Sequence[Mapping[str, Any]]) -> str:
    """The results one after the other; empty where the prompt shows none."""
    steps = list(_STEP.finditer(_last(messages)))
    if not steps:
        return ""
    brought = [f"**{step['about']}**\n\n{step['said'].strip()}" for step in steps if step["state"] == "succeeded"]
    return "\n\n".join([INTRODUCTION, *brought]) if brought else NOTHING


def cited(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same with the sources that the prompt numbers."""
    listed = _SOURCES.search(_last(messages))
    found = _SOURCE.findall(listed[1]) if listed else []
    return {
        "text": woven(messages) or NOTHING,
        "citations": [{"n": int(number), "url": url, "quote": quote} for number, url, quote in found],
    }


def _last(messages: Sequence[Mapping[str, Any]]) -> str:
    content = messages[-1]["content"] if messages else ""
    return content if isinstance(content, str) else ""
