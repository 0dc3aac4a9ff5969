from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

import anthropic  # noqa: F401 - two seconds to import, so not in the middle of the first run
from celery.signals import worker_shutting_down
from django.core.management.base import BaseCommand

from botplatform.celery import app
from botplatform.tasks import announcer, start_engine

CONCURRENCY = 500
"""Runs wait for a model most of their time: a slot costs a thread and little memory."""


class Command(BaseCommand):
    help = "A Celery worker: runs batches, delivers replies, sweeps."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="runs held at a time")

    def handle(self, *, concurrency: int, **options: Any) -> None:
        engine = start_engine(concurrency)

        def drain(**_: Any) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            engine.drain()

        worker_shutting_down.connect(drain, weak=False)
        try:
            app.worker_main(
                ["worker", "--loglevel=INFO", f"--concurrency={concurrency}", "--without-gossip", "--without-mingle",
                 "--without-heartbeat", "--hostname=worker@%h-%n"]
            )  # fmt: skip
        finally:
            announcer().stop()
            engine.stop()
