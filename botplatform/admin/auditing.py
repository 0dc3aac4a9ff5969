"""What people do at the console, written down as they do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from botplatform.pipeline.auditing import Entry, record


def audit(
    request: HttpRequest,
    row: Model | None,
    action: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str = "",
    told: str = "",
    took_effect: bool = True,
) -> None:
    """One entry: the signed-in person did `action` to `row`. Values of secret fields are left out."""
    entry = Entry(
        who=request.user.get_username(),
        action=action,
        object_type=row._meta.label_lower if row is not None else "",
        object_id=str(row.pk) if row is not None else "",
        object_name=str(row)[:200] if row is not None else "",
        before=before,
        after=after,
        why=why,
        told=told,
        took_effect=took_effect,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    record(entry)


def values_of(row: Model) -> dict[str, Any]:
    """The row's own columns as they are stored, without binary ones and those that were not read."""
    unread = row.get_deferred_fields()
    fields = [field for field in row._meta.concrete_fields if field.attname not in unread]
    return {field.name: field.value_from_object(row) for field in fields if field.get_internal_type() != "BinaryField"}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of both is not the same."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
