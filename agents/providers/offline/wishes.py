"""Which messages call for which tool."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.providers.offline.errands import errand
from agents.providers.offline.orders import orders_deletion

DELETE_HISTORY = "delete_history"
_TIME = re.compile(
    r"\b(what(?:'s| is) the (?:current )?(?:time|date)|what time|time is it|(?:what|which) day|today'?s date|"
    r"current (?:time|date)|wie spät|wie viel uhr|welche[rs]? (?:tag|datum)|quelle heure|quel jour|"
    r"qué hora|qué día|che ore|che giorno|который час|какой сегодня день)\b",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"\b(what(?:'s| is)|calculate|compute|work out|how much|evaluate|solve|was ist|wie ?viel|rechne|combien|calcule|"
    r"cuánto|calcula|quanto)\b|=",
    re.IGNORECASE,
)
_SUM = re.compile(r"(?:\b(?:sqrt|abs|round|log|log2|log10|sin|cos|tan|factorial)\s*)?[\d(.][\d\s.,()+\-*/%]*[\d)]")
_WORDS = {
    r"%\s*of\b": "/100*",
    r"\bplus\b": "+",
    r"\bminus\b": "-",
    r"\btimes\b|\bmultiplied by\b|\bmal\b|[×·]|(?<=\d)\s*x\s*(?=\d)": "*",
    r"\bdivided by\b|\bover\b|\bgeteilt durch\b|÷": "/",
    r"\bto the power of\b|\^": "**",
    r"(?<=\d),(?=\d{3}\b)": "",
    r"[−–]": "-",
}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}\.\d{1,2}\.\d{4}")
_ZONE = re.compile(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?\b")
_CITIES = {
    "amsterdam": "Europe/Amsterdam",
    "beijing": "Asia/Shanghai",
    "berlin": "Europe/Berlin",
    "cairo": "Africa/Cairo",
    "chicago": "America/Chicago",
    "delhi": "Asia/Kolkata",
    "dubai": "Asia/Dubai",
    "istanbul": "Europe/Istanbul",
    "lagos": "Africa/Lagos",
    "london": "Europe/London",
    "los angeles": "America/Los_Angeles",
    "madrid": "Europe/Madrid",
    "mexico": "America/Mexico_City",
    "moscow": "Europe/Moscow",
    "mumbai": "Asia/Kolkata",
    "nairobi": "Africa/Nairobi",
    "new york": "America/New_York",
    "paris": "Europe/Paris",
    "rome": "Europe/Rome",
    "san francisco": "America/Los_Angeles",
    "sao paulo": "America/Sao_Paulo",
    "seoul": "Asia/Seoul",
    "shanghai": "Asia/Shanghai",
    "singapore": "Asia/Singapore",
    "sydney": "Australia/Sydney",
    "tokyo": "Asia/Tokyo",
    "toronto": "America/Toronto",
    "vienna": "Europe/Vienna",
    "zurich": "Europe/Zurich",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call to make."""

    name: str
    arguments: dict[str, Any]


def wanted_calls(tools: Sequence[Mapping[str, Any]], parts: Sequence[str]) -> list[Call]:
    """The calls that the messages ask for, at most one each, out of the tools on offer."""
    return [call for call in (wanted_call(tools, part) for part in parts) if call]


def wanted_call(tools: Sequence[Mapping[str, Any]], text: str) -> Call | None:
    """The call that one message asks for."""
    offered = {str(tool["name"]): tool for tool in tools}
    if DELETE_HISTORY in offered and orders_deletion(text):
        return Call(DELETE_HISTORY, {})
    if noted := errand(offered, text):
        return Call(*noted)
    if "current_time" in offered and asks_time(text):
        return Call("current_time", _zone(text))
    if "calculator" in offered and (expression := sum_in(text)):
        return Call("calculator", {"expression": expression})
    for name, tool in offered.items():
        if re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
            return Call(name, _arguments(tool.get("input_schema", {}), text))
    return None


def asks_time(text: str) -> bool:
    return _TIME.search(text) is not None


def sum_in(text: str) -> str:
    """The arithmetic expression that a message asks to work out; empty if there is none."""
    plain = _DATE.sub(" ", text)
    for word, sign in _WORDS.items():
        plain = re.sub(word, sign, plain, flags=re.IGNORECASE)
    found = [match.strip() for match in _SUM.findall(plain)]
    sums = [
        each for each in found if re.search(r"\d\s*\)*\s*[-+*/%]|\w\s*\(", each) and each.count("(") == each.count(")")
    ]
    longest = max(sums, key=len, default="")
    alone = plain.strip(" ?=.!") == longest
    return longest if longest and (alone or _CUE.search(text)) else ""


def fill(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Arguments that fit a schema as far as a message gives them: text where text is wanted, numbers from the text."""
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    return {name: _value(properties.get(name, {}), text) for name in required}


def _arguments(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The JSON object in a message, or what fits the schema."""
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        try:
            given = json.loads(text[start : end + 1])
        except ValueError:
            given = None
        if isinstance(given, dict):
            return given
    return fill(schema, text)


def _zone(text: str) -> dict[str, Any]:
    if zone := _ZONE.search(text):
        return {"timezone": zone.group()}
    city = next((city for city in _CITIES if city in text.lower()), "")
    return {"timezone": _CITIES[city]} if city else {}


def _value(schema: Mapping[str, Any], text: str) -> Any:
    if "enum" in schema:
        return next((each for each in schema["enum"] if str(each).lower() in text.lower()), schema["enum"][0])
    if "default" in schema:
        return schema["default"]
    match schema.get("type"):
        case "integer" | "number":
            numbers = re.findall(r"-?\d+", text)
            return int(numbers[0]) if numbers else schema.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            return [_value(schema.get("items", {}), text)] if schema.get("minItems") else []
        case "object":
            return fill(schema, text)
    return text[: schema.get("maxLength", 500)]
