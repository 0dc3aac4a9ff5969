"""Who did what at the console."""

from __future__ import annotations

from django.db import models
from django.db.models import F

from botplatform.models.fields import now_field, text_field


class AuditEntry(models.Model):
    """One thing that somebody did. Written once: a trigger of the database refuses UPDATE, DELETE and TRUNCATE to every role."""

    at = now_field()
    who = models.CharField(max_length=150, help_text="The user name.")
    action = models.CharField(max_length=64, help_text="For example batch.retry.")
    object_type = models.CharField(max_length=64, help_text="For example botplatform.batch.")
    object_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    object_name = text_field()
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    why = text_field(help_text="What the person gave as a reason.")
    told = text_field(help_text="What became of it, in words.")
    took_effect = models.BooleanField(default=True, db_default=True)
    address = text_field(help_text="Where the request came from.")
    request_id = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "audit entries"
        default_permissions = ("view",)
        indexes = [
            models.Index(F("at").desc(), name="audit_recent"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["who", "-id"], name="audit_who"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.action}"


class BotAccess(models.Model):
    """Limits a person to some bots. Somebody without any such row sees the rows of all bots."""

    user = models.ForeignKey("auth.User", models.CASCADE, related_name="bot_access")
    bot = models.ForeignKey("botplatform.Bot", models.CASCADE, related_name="access")

    class Meta:
        verbose_name_plural = "bot access"
        constraints = [models.UniqueConstraint(fields=["user", "bot"], name="bot_access_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.bot}"
