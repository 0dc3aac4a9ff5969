from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from botplatform import drills


class Command(BaseCommand):
    help = (
        "Break a running installation on purpose; fails unless exactly one answer arrives. Prints the time to recovery."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(drills.FAULTS))
        parser.add_argument(
            "--url", default=f"http://{settings.ENV.HOST}:{settings.ENV.PORT}", help="where web listens"
        )

    def handle(self, *, name: str, url: str, **options: Any) -> None:
        self.stdout.write(f"drill {name}: a question is asked, then the fault strikes in the middle of its model call")
        try:
            verdict = asyncio.run(drills.run(name, url.rstrip("/")))
        except drills.DrillFailed as error:
            raise CommandError(f"drill {name} FAILED: {error}") from None
        except httpx.HTTPError as error:
            raise CommandError(
                f"nothing answers at {url} ({type(error).__name__}); start `manage.py up` or pass --url"
            ) from None
        self.stdout.write(f"drill {name} passed: {verdict.told}")
