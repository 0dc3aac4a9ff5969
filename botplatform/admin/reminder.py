"""Reminders: what agents were asked to say later, and taking it back."""

from __future__ import annotations

from django.contrib import admin

from botplatform.admin import columns
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.keyset import by_number
from botplatform.admin.operations import Operation, Result
from botplatform.models import Reminder
from botplatform.pipeline import reminding


async def _cancel(reminder_id: int, by: str) -> Result:
    outcome = await reminding.cancel(reminder_id, by=by)
    return Result(outcome.done, outcome.told)


CANCEL = Operation(
    "cancel",
    "Cancel",
    "botplatform.change_reminder",
    "They are not posted. Nobody in the conversation is told.",
    _cancel,
    lambda reminder: reminder.state == Reminder.State.PENDING,
)


@admin.register(Reminder)
class ReminderAdmin(PipelineAdmin):
    operations = (CANCEL,)
    quick_filters = (("All", ""), ("Pending", "state=pending"))
    list_display = (
        "id", columns.link("session", "conversation"), columns.plain("number"), columns.state(), columns.excerpt("text", length=120),
        columns.when("due_at", "due"), columns.when("posted_at", "posted"), columns.excerpt("asked_by"),
    )  # fmt: skip
    list_select_related = ("session",)
    list_filter = (choices("state", Reminder.State.values),)
    served = {"state": ("pending",)}
    search_by = (by_number(Reminder.objects.all()),)
    search_fields = ("text", "request_id__exact")
    search_help_text = "Number, text, request id"
    fields = (
        columns.link("session", "conversation"), "number", columns.state(), columns.whole("text"), columns.excerpt("asked_by"),
        columns.excerpt("request_id", "request"), columns.moment("due_at", "due"), columns.moment("created_at", "asked"),
        columns.moment("posted_at", "posted"),
    )  # fmt: skip
