from __future__ import annotations

import asyncio
import sys
from typing import Any

from django.core.management.base import BaseCommand

from botplatform import doctor


class Command(BaseCommand):
    help = "Check every setting, server, credential and webhook; one line each, with the mend. Exit 1 if any is broken."

    def handle(self, **options: Any) -> None:
        if not asyncio.run(self._report()):
            sys.exit(1)

    async def _report(self) -> bool:
        fine = True
        try:
            async for finding in doctor.examine():
                mend = "" if finding.fine or not finding.mend else f" → {finding.mend}"
                self.stdout.write(f"{'ok    ' if finding.fine else 'BROKEN'}  {finding.subject}: {finding.said}{mend}")
                fine = fine and finding.fine
        finally:
            await doctor.close()
        return fine
