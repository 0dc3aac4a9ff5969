"""What an import does to one row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Model


class State(StrEnum):
    """See Change."""

    NEW = "new"
    """It is made."""
    CHANGED = "changed"
    """It is there, and says something else afterwards."""
    UNCHANGED = "unchanged"
    """It says the same already."""
    LEFT_OUT = "left out"
    """It belongs to a bot or a platform that is not here."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row: what it is, what it is called, what becomes of it, and which fields or why."""

    kind: str
    name: str
    state: State
    told: list[str] = field(default_factory=list)


def digest(changes: Sequence[Change]) -> str:
    """Stands for exactly these changes."""
    told = json.dumps([[one.kind, one.name, one.state.value, one.told] for one in changes])
    return hashlib.sha256(told.encode()).hexdigest()


def put(kind: str, model: type[Model], key: dict[str, Any], values: dict[str, Any], *, name: str = "") -> Change:
    """Write one row, found by its key; the first of them, should there be several."""
    name = name or str(next(iter(key.values())))
    row = model._default_manager.filter(**key).order_by("pk").first()
    if row is None:
        model._default_manager.create(**key, **values)
        return Change(kind, name, State.NEW)
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    for one in changed:
        setattr(row, one, values[one])
    if changed:
        row.save()
    return Change(kind, name, State.CHANGED if changed else State.UNCHANGED, changed)
