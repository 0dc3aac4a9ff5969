from __future__ import annotations

from django.apps import AppConfig


class BotplatformConfig(AppConfig):
    name = "botplatform"
    verbose_name = "Bot platform"
    default_auto_field = "django.db.models.BigAutoField"
