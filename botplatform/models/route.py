"""The recorded choice of an agent."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from botplatform.models.fields import count_field, moment_field, now_field, state_check, text_field


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


class RouteVerdict(models.TextChoices):
    """See Route."""

    NONE = "", "not judged"
    """Nobody has looked."""
    RIGHT = "right"
    """An operator agrees."""
    WRONG = "wrong"
    """An operator named another target in `correct_target`."""


class Route(models.Model):
    """Which agent a batch went to, and why. One for each batch."""

    Method = RouteMethod
    Verdict = RouteVerdict

    batch = models.OneToOneField("botplatform.Batch", models.CASCADE, related_name="route")
    method = models.CharField(max_length=12, choices=RouteMethod.choices)
    rule = text_field(help_text="The pattern that matched.")
    classification = models.JSONField(null=True, blank=True)
    target = models.CharField(max_length=64)
    latency_ms = count_field()
    version = models.ForeignKey(
        "botplatform.RoutingVersion", models.SET_NULL, null=True, blank=True, related_name="routes"
    )
    note = text_field(help_text="Why the model was not followed, if it was not.")
    model = text_field(help_text="The router's model, where it was asked.")
    tokens_in = count_field()
    tokens_out = count_field()
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0, db_default=0)
    debug = models.JSONField(
        null=True, blank=True, help_text="With ROUTER_DEBUG: patterns tried and the raw classification."
    )
    verdict = models.CharField(max_length=8, choices=RouteVerdict.choices, blank=True, default="", db_default="")
    correct_target = text_field()
    judged_by = text_field()
    judged_at = moment_field()
    created_at = now_field()

    class Meta:
        constraints = [
            state_check("route", RouteMethod, "method"),
            models.CheckConstraint(condition=Q(verdict__in=RouteVerdict.values), name="route_verdict_known"),
            # Worker agents are dispatched by the orchestrator alone.
            models.CheckConstraint(condition=~Q(target__endswith="-worker"), name="route_target_no_worker"),
        ]
        indexes = [
            models.Index(F("created_at").desc(), name="route_recent"),
            models.Index(fields=["rule", "-created_at"], name="route_rules", condition=~Q(rule="")),
            models.Index(fields=["-created_at"], name="route_judged", condition=~Q(verdict="")),
        ]

    def __str__(self) -> str:
        return f"{self.method} → {self.target}"
