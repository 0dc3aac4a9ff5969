"""The file: one JSON object, checked field by field. It holds no secret."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORMAT: Literal["botplatform-agents"] = "botplatform-agents"
VERSION: Literal[1] = 1
MOST_BYTES = 5_000_000
TOLD = 20
"""Errors named at most."""
DEEPEST = 40
"""Levels of lists and objects."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BadBundle(Exception):
    """The file cannot be imported; `lines` say why, each with its place in the file."""

    def __init__(self, lines: list[str]) -> None:
        more = [f"… and {len(lines) - TOLD} more"] if len(lines) > TOLD else []
        self.lines = [*lines[:TOLD], *more]
        super().__init__("\n".join(self.lines))


Name = Annotated[str, Field(min_length=1, max_length=64)]
Long = Annotated[str, Field(min_length=1, max_length=200)]
Whole = Annotated[int, Field(strict=True, ge=-1_000_000_000, le=1_000_000_000)]
Dollars = Annotated[Decimal, Field(max_digits=10, decimal_places=4)]


class Part(BaseModel):
    """Names that are not known are refused: a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Says(Part):
    """What a draft or a version says."""

    prompt: str
    model: str = ""
    fallback_models: list[str] = []
    tools: list[str] = []
    temperature: float | None = None
    max_steps: Whole = 12
    max_output_tokens: Whole = 8192
    max_tokens: Whole | None = None
    max_seconds: Whole = 600
    max_cost_usd: Dollars | None = None
    parallel_steps: Whole = 3
    step_attempts: Whole = 3
    fallback_agent: str = ""


class Agent(Part):
    name: Name
    behaviour: Name
    description: str = ""
    enabled: bool = True
    category: Annotated[str, Field(max_length=16)] = ""
    published: Says | None = None
    draft: Says | None = None


class Override(Part):
    bot: Long
    """`transport/slug`."""
    agent: Name
    instructions: str = ""
    model: str = ""
    tools: list[str] | None = None


class Personality(Part):
    platform: Annotated[Name, Field(max_length=32)]
    text: str


class Page(Part):
    title: Annotated[Long, Field(max_length=120)]
    text: str
    url: Annotated[str, Field(max_length=200)] = ""
    bot: str = ""
    """`transport/slug`; empty: all bots."""
    enabled: bool = True
    position: Whole = 0


class Pattern(Part):
    name: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,64}$")]
    position: Whole = 100
    expression: str
    target: Name
    platform: Annotated[str, Field(max_length=32)] = ""
    enabled: bool = True
    tests: list[dict[str, Any]] = []
    note: str = ""


class Policy(Part):
    tool: Long
    always: bool = False
    when: dict[str, Any] | None = None
    risk: Literal["", "low", "medium", "high", "critical"] = ""
    by_approver: bool = False
    note: str = ""


class Bundle(Part):
    """All of it. A part that is missing is left alone on import, and so is a row that the file does not name."""

    format: Literal["botplatform-agents"]
    version: Literal[1]
    agents: list[Agent] = []
    overrides: list[Override] = []
    personalities: list[Personality] = []
    pages: list[Page] = []
    patterns: list[Pattern] = []
    tool_policies: list[Policy] = []


def read(raw: bytes) -> Bundle:
    """Parse a file. Raises BadBundle."""
    if len(raw) > MOST_BYTES:
        raise BadBundle([f"The file has {len(raw):,} bytes; {MOST_BYTES:,} are read."])
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_once)
        _check_storable(value)
    except (ValueError, RecursionError) as error:
        raise BadBundle([f"This cannot be read as JSON in UTF-8: {str(error)[:200]}."]) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise BadBundle([f'This is not an export of agents: its "format" is not "{FORMAT}".'])
    if value.get("version") != VERSION:
        raise BadBundle([f'Version {VERSION} of the format is understood; the file\'s "version" is another.'])
    try:
        return Bundle.model_validate(value)
    except ValidationError as error:
        raise BadBundle([f"{_place(one['loc'])}: {one['msg']}." for one in error.errors()]) from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set():
        raise ValueError(f'"{min(twice)[:60]}" stands twice in one object')
    return dict(pairs)


def _check_storable(value: Any) -> None:
    """Raise ValueError for what PostgreSQL does not take."""
    ahead = [(value, 0)]
    while ahead:
        one, depth = ahead.pop()
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")
        if isinstance(one, dict | list):
            inside = [*one, *one.values()] if isinstance(one, dict) else one
            ahead += [(part, depth + 1) for part in inside]
        elif isinstance(one, str) and _UNSTORABLE.search(one):
            raise ValueError("a text holds a NUL character or half of one")
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("a number is too large")


def _place(location: tuple[int | str, ...]) -> str:
    """`agents[2].published.prompt`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
