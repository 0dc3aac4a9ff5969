"""Celery on Redis: tasks carry ids only, and PostgreSQL knows what they mean, so the broker may lose or repeat anything."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botplatform.settings")

from django.conf import settings

app = Celery("botplatform")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=2,
    broker_transport_options={
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "retry_on_timeout": False,
        "max_retries": 0,
        "interval_start": 0,
        "interval_max": 0.1,
        "visibility_timeout": 3600,
        "health_check_interval": 5,
    },
    imports=("botplatform.tasks",),
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_publish_retry=False,
    task_acks_late=False,
    task_default_queue="botplatform",
    task_serializer="json",
    accept_content=["json"],
    worker_pool="threads",
    worker_prefetch_multiplier=1,
    worker_eta_task_limit=10_000,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    beat_scheduler="botplatform.scheduler:Scheduler",
    beat_max_loop_interval=5,
    timezone="UTC",
)


@setup_logging.connect
def _leave_logging_alone(**_: object) -> None:
    """`logs.py` has set it up; without a receiver here Celery would put its own level in the place of LOG_LEVEL."""
