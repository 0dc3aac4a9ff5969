from __future__ import annotations

import signal
import sys
import warnings
from argparse import ArgumentParser
from typing import Any

import anthropic  # noqa: F401 - two seconds to import, so not in the middle of the first run
from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down
from django.core.management.base import BaseCommand

from botplatform import engine
from botplatform.announcing import announcer
from botplatform.celery import app
from botplatform.pipeline.leases import worker_name
from botplatform.tasks import serve_due

CONCURRENCY = 500
"""Runs wait for a model most of their time: a slot costs a thread and little memory."""


class Command(BaseCommand):
    help = "A Celery worker: runs batches, delivers replies, sweeps."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="runs held at a time")

    def handle(self, *, concurrency: int, **options: Any) -> None:
        warnings.filterwarnings("ignore", category=SecurityWarning)  # containers run as root; tasks carry ids only
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until Celery has its own: work may have begun by then
        working = engine.start(concurrency, serve_due)

        def drain(**_: Any) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            working.drain()

        worker_shutting_down.connect(drain, weak=False)
        try:
            app.Worker(
                concurrency=concurrency, quiet=True, without_gossip=True, without_mingle=True, without_heartbeat=True,
                hostname=worker_name(), loglevel="INFO",
            ).start()  # fmt: skip
        finally:
            working.drain()
            announcer().stop()
            working.stop()
