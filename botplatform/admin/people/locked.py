"""Failed sign-ins, and who is refused for a while; an Admin lets them in earlier."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from botplatform.admin import columns, showing
from botplatform.admin.base import PipelineAdmin
from botplatform.admin.operations import Operation, Result


async def _unlock(pk: int, by: str) -> Result:
    found = await AccessAttempt.objects.filter(pk=pk).afirst()
    if found is None:
        return Result(False, "is gone already")
    same = AccessAttempt.objects.filter(username=found.username, ip_address=found.ip_address)
    count, _ = await same.adelete()
    return Result(count > 0, "is forgotten: its name may sign in again from there")


UNLOCK = Operation(
    "unlock",
    "Let in again",
    "axes.delete_accessattempt",
    "Their failed attempts are forgotten.",
    _unlock,
)


@columns.column("name", "name")
def _name(row: Any) -> object:
    return showing.shorten(row.username or "–", 60)


@columns.column("state", "state")
def _state(row: Any) -> object:
    fresh = timezone.now() - row.attempt_time < settings.AXES_COOLOFF_TIME
    locked = fresh and row.failures_since_start >= settings.AXES_FAILURE_LIMIT
    return (
        showing.label("blocked", "locked out")
        if locked
        else showing.label("waiting" if fresh else "", "counted" if fresh else "over")
    )


@admin.register(AccessAttempt)
class LockedAdmin(PipelineAdmin):
    """What was typed is not shown: people type passwords where names belong."""

    list_display = (
        "id",
        _name,
        "ip_address",
        "failures_since_start",
        _state,
        columns.when("attempt_time", "last attempt"),
    )
    fields = readonly_fields = (
        _name,
        "ip_address",
        "failures_since_start",
        _state,
        columns.moment("attempt_time", "last attempt"),
        columns.excerpt("user_agent", "browser"),
        "path_info",
    )
    search_fields = ("=username", "=ip_address")
    search_help_text = "A user name or an address"
    operations = (UNLOCK,)
    heavy = ("get_data", "post_data", "http_accept")
