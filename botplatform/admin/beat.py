"""The schedules of django-celery-beat in the console's clothes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django_celery_beat import admin as theirs
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from botplatform.admin import columns
from botplatform.admin.base import ConsoleAdmin

for _model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(_model)


class TaskSelect(UnfoldAdminSelectWidget, theirs.TaskSelectWidget):
    """The names of the registered tasks."""


class TaskForm(theirs.PeriodicTaskForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "task" in self.fields:
            self.fields["task"].widget = UnfoldAdminTextInputWidget()
            self.fields["regtask"].widget = TaskSelect()


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
    date_hierarchy = None
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


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(ConsoleAdmin):
    list_display = ("__str__", "every", "period")
    inlines = (TaskInline,)


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(ConsoleAdmin):
    list_display = ("__str__", "human_readable")
    fields = ("human_readable", "minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")
    readonly_fields = ("human_readable",)
    inlines = (TaskInline,)


@admin.register(SolarSchedule)
class SolarScheduleAdmin(ConsoleAdmin):
    list_display = ("__str__", "event", "latitude", "longitude")
    inlines = (TaskInline,)


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(ConsoleAdmin):
    fields = list_display = ("clocked_time",)
    inlines = (TaskInline,)
