"""Column types that several models share. Defaults live in the database, because the hot paths write plain SQL."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now


def state_field(choices: type[models.TextChoices], default: str) -> models.CharField[Any, Any]:
    """A state stored in lower case; the owning model adds `state_check`."""
    return models.CharField(max_length=12, choices=choices.choices, default=default, db_default=default)


def state_check(model: str, choices: type[models.TextChoices], field: str = "state") -> models.CheckConstraint:
    """PostgreSQL refuses any value that is not a documented state."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=f"{model}_{field}_known")


def text_field(**options: Any) -> models.TextField[Any, Any]:
    """Text that is empty unless set."""
    return models.TextField(blank=True, default="", db_default="", **options)


def now_field(**options: Any) -> models.DateTimeField[Any, Any]:
    """The database's clock at insertion."""
    return models.DateTimeField(db_default=Now(), editable=False, **options)


def moment_field(**options: Any) -> models.DateTimeField[Any, Any]:
    """A moment that may not have come yet."""
    return models.DateTimeField(null=True, blank=True, **options)


def count_field(**options: Any) -> models.IntegerField[Any, Any]:
    """A counter that starts at zero."""
    return models.IntegerField(default=0, db_default=0, **options)
