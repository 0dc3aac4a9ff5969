"""Structured answers: the forms they have, the ways in which endpoints give them, and reading them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agents.providers.base import ModelError
from agents.thread import text_of


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer has to look like."""

    name: str
    """Of the tool that takes the answer, where a tool is forced."""
    description: str
    schema: Mapping[str, Any]
    """JSON Schema; every object with `additionalProperties: false`, without lengths and ranges."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a structured answer is asked for."""

    forced_tool: bool
    """By a forced tool call instead of a schema for the answer."""
    thinking: Literal["", "off", "brief"]


WAYS = (Way(False, ""), Way(True, ""), Way(True, "off"))
"""For answers that are worth a thought. The first suits the Messages API itself, the second compatible endpoints that know
no schema for answers, the third models that think by themselves and then take no forced tool.

Sources: https://platform.claude.com/docs/en/build-with-claude/structured-outputs,
https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting"""


def after_refusal(way: Way, error: ModelError, ways: Sequence[Way]) -> Way:
    """The way to try once an endpoint has called the request wrong."""
    ahead = [*ways[ways.index(way) + 1 :], *ways]
    if "thinking" in str(error).lower():
        return next((each for each in ahead if each.thinking != way.thinking), ahead[0])
    return ahead[0]


def parameters(form: Form, way: Way) -> dict[str, Any]:
    """What a request asks with, as fields of ModelRequest."""
    tool = {"name": form.name, "description": form.description, "input_schema": form.schema}
    return {
        "tools": [tool] if way.forced_tool else (),
        "tool_choice": {"type": "tool", "name": form.name} if way.forced_tool else None,
        "output_schema": None if way.forced_tool else form.schema,
        "thinking": way.thinking,
    }


def input_of(content: Sequence[dict[str, Any]]) -> Any:
    """The arguments of the forced tool call in an answer; None without one."""
    return next((block["input"] for block in content if block.get("type") == "tool_use"), None)


def object_in(content: Sequence[dict[str, Any]]) -> Any:
    """The arguments of the forced call, else the JSON object in the text; some put it in a code block. Raises ValueError."""
    if (given := input_of(content)) is not None:
        return given
    text = text_of(content)
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


_preferred: dict[str, Way] = {}
"""Model → the way that it was last answered in, in this process."""


class Asking:
    """The way of asking that a run is at, for one form; without a form every request is as it is."""

    def __init__(self, form: Form | None) -> None:
        self._form = form
        self._model = ""
        self._way, self._tried = WAYS[0], set[Way]()

    def of(self, model: str) -> dict[str, Any]:
        """The fields of a request to this model that concern the form; empty without one."""
        if self._form is None:
            return {}
        if model != self._model:
            self._model, self._way, self._tried = model, _preferred.get(model, WAYS[0]), set()
        return parameters(self._form, self._way)

    def refused(self, error: ModelError) -> bool:
        """Whether there is another way, which the next request takes, after an endpoint has called one wrong."""
        if self._form is None or error.kind != "bad_request":
            return False
        self._tried.add(self._way)
        left = [way for way in WAYS if way not in self._tried]
        if not left:
            return False
        wanted = after_refusal(self._way, error, WAYS)
        self._way = wanted if wanted in left else left[0]
        return True

    def understood(self) -> None:
        """The answer had the form."""
        _preferred[self._model] = self._way

    def passed_over(self) -> None:
        """The answer had not: perhaps the endpoint knows no schemas. The next request forces the tool."""
        self._way = next((way for way in WAYS if way.forced_tool and way not in self._tried), self._way)
