from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class BotplatformConfig(AppConfig):
    name = "botplatform"
    verbose_name = "Bot platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Receivers of the signals about signing in, behind those of axes, whose count they read."""
        for name in ("lasting", "noting"):
            import_module(f"botplatform.people.{name}")
