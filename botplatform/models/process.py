"""Who is alive."""

from __future__ import annotations

from django.db import models

from botplatform.models.fields import now_field


class ProcessRole(models.TextChoices):
    """See Process."""

    WEB = "web"
    WORKER = "worker"
    BEAT = "beat"


class Process(models.Model):
    """A running process of the platform, as it last said of itself."""

    Role = ProcessRole

    name = models.CharField(max_length=200, unique=True, help_text="role@host:pid")
    role = models.CharField(max_length=8, choices=ProcessRole.choices)
    started_at = now_field()
    seen_at = now_field()
    detail = models.JSONField(default=dict, blank=True, help_text="What it says it is doing.")

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name
