"""The schedules of django-celery-beat in the console, and what beat makes of rows that were written past it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from botplatform import roles, schedules, tasks
from botplatform.celery import app
from botplatform.models import AuditEntry
from botplatform.scheduler import Scheduler

Staff = Callable[..., Client]


@pytest.fixture
def task(db: None) -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=17, period="seconds")
    return PeriodicTask.objects.create(name="Tested", task="sweep", interval=every)


@pytest.fixture
def an_admin(db: None) -> Client:
    """Of the role, without being a superuser."""
    roles.seed()
    user = User.objects.create(username="ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Admin"))
    client = Client()
    client.force_login(user)
    return client


def page(task: PeriodicTask) -> str:
    return reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])


def fields(row: PeriodicTask, /, **changes: Any) -> dict[str, Any]:
    return {"name": "Tested", "task": "sweep", "interval": row.interval_id, **changes}


def test_the_lists_and_pages_open(task: PeriodicTask, console: Client) -> None:
    CrontabSchedule.objects.create(minute="3")
    for name in ("periodictask", "intervalschedule", "crontabschedule", "solarschedule", "clockedschedule"):
        assert console.get(reverse(f"admin:django_celery_beat_{name}_changelist")).status_code == 200
        assert console.get(reverse(f"admin:django_celery_beat_{name}_add")).status_code == 200
    interval = reverse("admin:django_celery_beat_intervalschedule_change", args=[task.interval_id])
    assert "Tested" in console.get(interval).text


def test_a_task_is_switched_off(task: PeriodicTask, console: Client) -> None:
    answer = console.post(page(task), fields(task))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    task.refresh_from_db()
    assert (task.enabled, task.task) == (False, "sweep")


def test_switching_from_the_list_is_written_down(task: PeriodicTask, an_admin: Client) -> None:
    chosen = {"action": "disable_tasks", "_selected_action": [task.pk]}
    an_admin.post(reverse("admin:django_celery_beat_periodictask_changelist"), chosen)
    task.refresh_from_db()
    [entry] = AuditEntry.objects.filter(action="periodictask.disable")
    assert (task.enabled, entry.who, entry.after) == (False, "ada", {"enabled": False})


def test_our_own_tasks_are_offered_and_no_others(task: PeriodicTask, an_admin: Client) -> None:
    text = an_admin.get(page(task)).text
    assert all(f'<option value="{name}"' in text for name in ("sweep", "prune"))
    assert 'value="answer"' not in text


@pytest.mark.parametrize("name", ["answer", "celery.backend_cleanup", "os.system", ""])
def test_an_admin_cannot_schedule_anything_else(task: PeriodicTask, an_admin: Client, name: str) -> None:
    assert an_admin.post(page(task), fields(task, task=name)).status_code == 200
    task.refresh_from_db()
    assert task.task == "sweep"


def test_arguments_cannot_be_given(task: PeriodicTask, an_admin: Client) -> None:
    assert an_admin.post(page(task), fields(task, args='["x"]', kwargs='{"x": 1}')).status_code == 302
    task.refresh_from_db()
    assert (task.args, task.kwargs) == ("[]", "{}")


def test_others_change_the_time_and_not_the_task(task: PeriodicTask, staff: Staff) -> None:
    slow = IntervalSchedule.objects.create(every=99, period="seconds")
    client = staff("view_periodictask", "change_periodictask", "add_periodictask")
    answer = client.post(page(task), fields(task, task="prune", name="Mine", interval=slow.pk, enabled="on"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    task.refresh_from_db()
    assert (task.task, task.name, task.interval_id) == ("sweep", "Tested", slow.pk)
    assert client.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == 403


def test_beat_leaves_rows_alone_that_were_written_past_the_console(task: PeriodicTask) -> None:
    for name, more in {"other": {"task": "answer"}, "with args": {"args": "[1]"}, "broken": {"kwargs": "{"}}.items():
        PeriodicTask.objects.create(**{"name": name, "task": "sweep", "interval": task.interval} | more)
    assert [row.name for row in Scheduler(app=app, lazy=True).enabled_models()] == ["Tested"]


@pytest.mark.parametrize("name", schedules.SCHEDULABLE)
def test_what_may_be_scheduled_is_a_task_of_ours_without_arguments(name: str) -> None:
    assert tasks.app.tasks[name].run.__code__.co_argcount == 0


def test_beat_adds_no_rows_of_its_own(db: None) -> None:
    Scheduler(app=app, lazy=True).install_default_entries({})
    assert not PeriodicTask.objects.exists()
