"""The schedules of django-celery-beat in the console's clothes."""

from __future__ import annotations

from typing import Any

from celery.schedules import ParseException
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat import admin as theirs
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget

from botplatform.admin import columns
from botplatform.admin.auditing import audit
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.people.reach import gives_roles
from botplatform.schedules import SCHEDULABLE, refusal

SCHEDULE = ("interval", "crontab", "crontab_translation", "solar", "clocked", "start_time", "last_run_at")

for _model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(_model)


class TaskForm(theirs.PeriodicTaskForm):
    """A schedule of one of our own tasks. The task itself is chosen by an Admin; see `schedules.py`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, f"{name}: {what}") for name, what in SCHEDULABLE.items()]
        if "task" in self.fields:
            stored = self.instance.task
            others = [(stored, f"{stored}: refused")] if stored and stored not in SCHEDULABLE else []
            self.fields["task"] = forms.ChoiceField(
                choices=[*known, *others], widget=UnfoldAdminSelectWidget, initial=stored, label="Task"
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = forms.ModelForm.clean(self) or {}
        task = data.get("task", self.instance.task)
        if reason := refusal(task, data.get("args", self.instance.args), data.get("kwargs", self.instance.kwargs)):
            raise forms.ValidationError(reason)
        if data.get("expire_seconds") is not None and data.get("expires"):
            raise forms.ValidationError("Give only one of “expires” and “expire seconds”.")
        return data


class TaskInline(TabularInline):
    model = PeriodicTask
    fields = readonly_fields = ("name", "task", "enabled")
    verbose_name_plural = "periodic tasks using this schedule"
    can_delete = False
    extra = max_num = 0
    show_change_link = True


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(theirs.PeriodicTaskAdmin, ConsoleAdmin):
    form = TaskForm
    change_form_template = None
    date_hierarchy = None
    actions = ("enable_tasks", "disable_tasks")
    fieldsets = (
        (None, {"fields": ("name", "task", "enabled", "description")}),
        ("Schedule", {"fields": SCHEDULE}),
        ("Execution", {"fields": ("expires", "expire_seconds", "one_off")}),
    )
    readonly_fields = ("last_run_at", "crontab_translation")
    list_display = (
        "name",
        "enabled",
        "task",
        "scheduler",
        columns.when("last_run_at", "last run"),
        "total_run_count",
        "one_off",
    )
    list_filter = ("enabled", "one_off")
    list_select_related = ("interval", "crontab", "solar", "clocked")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if gives_roles(request.user) else (*fixed, "name", "task")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """With a row the task is chosen too, so that is for Admins."""
        return bool(super().has_add_permission(request)) and gives_roles(request.user)

    def crontab_translation(self, obj: Any) -> str:
        return str(obj.crontab.human_readable) if obj and obj.crontab else "–"

    def enable_tasks(self, request: HttpRequest, queryset: Any) -> None:
        self._switch(request, queryset, on=True)

    def disable_tasks(self, request: HttpRequest, queryset: Any) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, rows: Any, *, on: bool) -> None:
        for row in rows.exclude(enabled=on):
            row.enabled = on
            row.save(update_fields=["enabled"])
            audit(
                request,
                row,
                f"periodictask.{'enable' if on else 'disable'}",
                before={"enabled": not on},
                after={"enabled": on},
            )
            self.message_user(request, f"{row.name} is now {'on' if on else 'off'}.")

    enable_tasks.short_description = "Switch on"  # type: ignore[attr-defined]
    disable_tasks.short_description = "Switch off"  # type: ignore[attr-defined]
    enable_tasks.allowed_permissions = disable_tasks.allowed_permissions = ("change",)  # type: ignore[attr-defined]


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(ConsoleAdmin):
    list_display = ("__str__", "every", "period")
    inlines = (TaskInline,)


@columns.column("in_words", "in words")
def _in_words(row: CrontabSchedule) -> str:
    """Of what was refused, too, which stands in the form again."""
    try:
        return str(row.human_readable)
    except (ParseException, ValueError):
        return "–"


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(ConsoleAdmin):
    list_display = ("__str__", "human_readable")
    fields = (_in_words, "minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")
    readonly_fields = (_in_words,)
    inlines = (TaskInline,)


@admin.register(SolarSchedule)
class SolarScheduleAdmin(ConsoleAdmin):
    list_display = ("__str__", "event", "latitude", "longitude")
    inlines = (TaskInline,)


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(ConsoleAdmin):
    fields = list_display = ("clocked_time",)
    inlines = (TaskInline,)
