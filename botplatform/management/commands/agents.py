from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from botplatform.pipeline.bundles.change import Change
from botplatform.pipeline.bundles.exporting import export
from botplatform.pipeline.bundles.importing import bring_in, preview
from botplatform.pipeline.bundles.shape import BadBundle, read


class Command(BaseCommand):
    help = "Write what operators configured about agents to a file, or bring it in from one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["export", "import"])
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="import: say what would change and change nothing")

    def handle(self, *, action: str, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            if action == "export":
                file.write_bytes(export())
                self.stdout.write(f"Written to {file}.")
                return
            bundle = read(file.read_bytes())
            changes = preview(bundle) if dry_run else bring_in(bundle, by="manage.py agents")
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        except BadBundle as error:
            raise CommandError(f"{file} was not imported:\n{error}") from None
        self.stdout.write("\n".join(_line(change) for change in changes))
        self.stdout.write("Nothing was changed." if dry_run else "Done.")


def _line(change: Change) -> str:
    told = f" ({', '.join(change.told)})" if change.told else ""
    return f"{change.state.value:<10} {change.kind} {change.name}{told}"
