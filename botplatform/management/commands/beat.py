from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from botplatform.celery import app


class Command(BaseCommand):
    help = "Celery beat, with the schedule that operators edit."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        app.Beat(loglevel="INFO", pidfile=None, redirect_stdouts=False, quiet=True).run()
