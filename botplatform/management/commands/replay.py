from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand

from botplatform import announcing
from botplatform.pipeline.nudging import Nudges
from botplatform.pipeline.replaying import replay


class Command(BaseCommand):
    help = "Send stored updates through the pipeline again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("update_ids", type=int, nargs="+", metavar="UPDATE_ID")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")

    def handle(self, *, update_ids: list[int], dry_run: bool, **options: Any) -> None:
        nudges = Nudges()
        for update_id in update_ids:
            replayed = async_to_sync(replay)(update_id, dry_run=dry_run)
            if replayed.receipt:
                nudges.received(replayed.receipt, wants_receipt=False)
            self.stdout.write(replayed.told)
        announcing.announce(nudges)
