from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from botplatform.setup import prepare


class Command(BaseCommand):
    help = "What `up` does before it starts the roles: migrations, default agents, schedules, bots, first admin."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        prepared = prepare()
        self.stdout.write(f"Model: {prepared.model}")
        if prepared.admin_password:
            self.stdout.write(f"Admin: {prepared.admin_username}, password {prepared.admin_password} (shown this once)")
        for note in prepared.notes:
            self.stdout.write(note)
