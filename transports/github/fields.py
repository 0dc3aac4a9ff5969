"""Typed reading of what GitHub sends; whatever is not as documented is refused or left empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from transports.clean import clean_text
from transports.errors import Unreadable

_REPOSITORY = re.compile(r"(?!\.{1,2}/)[\w.-]+/(?!\.{1,2}$)[\w.-]+", re.ASCII)

Fields = Mapping[str, Any]


def part(data: Fields, name: str) -> Fields:
    """A nested object that must be there."""
    value = data.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is no object")
    return value


def optional(data: Fields, name: str) -> Fields:
    """A nested object, or an empty one."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Iterator[Fields]:
    """The objects in a list."""
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())


def text(data: Fields, name: str) -> str:
    """A clean text; empty where there is none."""
    value = data.get(name)
    return clean_text(value) if isinstance(value, str) else ""


def count(data: Fields, name: str) -> int:
    """A count; zero where there is none."""
    value = data.get(name)
    return value if type(value) is int else 0


def number(data: Fields, name: str) -> int:
    """A positive id or issue number of at most 63 bits, which must be there."""
    value = data.get(name)
    if type(value) is not int or not 0 < value < 2**63:
        raise Unreadable(f"{name} is no id")
    return value


def repository_name(data: Fields) -> str:
    """`owner/name`, which goes into the paths of API calls and therefore must be nothing else."""
    name = data.get("full_name")
    if not isinstance(name, str) or not _REPOSITORY.fullmatch(name):
        raise Unreadable("full_name is no repository")
    return name
