"""The recorded choice of an agent."""

from __future__ import annotations

from django.db import models

from botplatform.models.fields import count_field, now_field, state_check, text_field


class RouteMethod(models.TextChoices):
    """See Route."""

    PATTERN = "pattern"
    """An operator's pattern matched."""
    MODEL = "model"
    """The router's model classified it."""
    FORCED = "forced"
    """An operator or a command chose the agent."""
    FALLBACK = "fallback"
    """The model failed; the default agent answers."""
    DIRECT = "direct"
    """Routing is off."""


class Route(models.Model):
    """Which agent a batch went to, and why. One for each batch."""

    Method = RouteMethod

    batch = models.OneToOneField("botplatform.Batch", models.CASCADE, related_name="route")
    method = models.CharField(max_length=12, choices=RouteMethod.choices)
    rule = text_field()
    classification = models.JSONField(null=True, blank=True)
    target = models.CharField(max_length=64)
    latency_ms = count_field()
    created_at = now_field()

    class Meta:
        constraints = [state_check("route", RouteMethod, "method")]

    def __str__(self) -> str:
        return f"{self.method} → {self.target}"
