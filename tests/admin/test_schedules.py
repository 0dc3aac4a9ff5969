"""The schedules of django-celery-beat in the console."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


@pytest.fixture
def task(db: None) -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=17, period="seconds")
    return PeriodicTask.objects.create(name="Tested", task="sweep", interval=every)


def test_the_lists_and_pages_open(task: PeriodicTask, console: Client) -> None:
    CrontabSchedule.objects.create(minute="3")
    for name in ("periodictask", "intervalschedule", "crontabschedule", "solarschedule", "clockedschedule"):
        assert console.get(reverse(f"admin:django_celery_beat_{name}_changelist")).status_code == 200
        assert console.get(reverse(f"admin:django_celery_beat_{name}_add")).status_code == 200
    assert (
        "Tested"
        in console.get(reverse("admin:django_celery_beat_intervalschedule_change", args=[task.interval_id])).text
    )


def test_a_task_is_switched_off(task: PeriodicTask, console: Client) -> None:
    fields = {
        "name": "Tested",
        "regtask": "sweep",
        "task": "",
        "interval": task.interval_id,
        "args": "[]",
        "kwargs": "{}",
        "headers": "{}",
    }
    answer = console.post(reverse("admin:django_celery_beat_periodictask_change", args=[task.pk]), fields)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    task.refresh_from_db()
    assert (task.enabled, task.task) == (False, "sweep")


def test_the_registered_tasks_are_offered(task: PeriodicTask, console: Client) -> None:
    text = console.get(reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])).text
    assert all(f'<option value="{name}"' in text for name in ("sweep", "prune"))
