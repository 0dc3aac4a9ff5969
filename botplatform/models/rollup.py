"""Figures of what has happened, summed by minute, hour and day: what the console's charts are drawn from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from botplatform.models.fields import count_field, moment_field, state_check


class RollupGrain(models.TextChoices):
    """How long a bucket is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class RollupKind(models.TextChoices):
    """What a row counts, and what `name` and `detail` are then."""

    UPDATE = "update"
    """Updates received: kind, state."""
    DUPLICATE = "duplicate"
    """Deliveries refused because they were known."""
    BATCH = "batch"
    """Batches ended: state, size class; `amount` sums messages, `share` the used part of the longest window."""
    ANSWER = "answer"
    """Answers that the provider accepted: agent, size class; milliseconds since the first message arrived."""
    ROUTE = "route"
    """Routing decisions: method, target."""
    RUN = "run"
    """Runs ended: agent, state."""
    MODEL = "model"
    """Model calls: agent, model; tokens and cost."""
    TOOL = "tool"
    """Tool calls: agent, tool."""


class Rollup(models.Model):
    """One sum. Minutes are kept for days, hours and days for a year. A row without a bot says that the bucket was summed."""

    Grain = RollupGrain
    Kind = RollupKind

    grain = models.CharField(max_length=6, choices=RollupGrain.choices)
    kind = models.CharField(max_length=12, choices=RollupKind.choices)
    at = models.DateTimeField(help_text="Where the bucket begins.")
    bot = models.ForeignKey("botplatform.Bot", models.CASCADE, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=200, blank=True, default="", db_default="")
    detail = models.CharField(max_length=200, blank=True, default="", db_default="")
    count = count_field()
    errors = count_field()
    amount = models.BigIntegerField(default=0, db_default=0)
    share = models.FloatField(default=0, db_default=0)
    milliseconds = models.BigIntegerField(default=0, db_default=0)
    tokens_in = models.BigIntegerField(default=0, db_default=0)
    tokens_out = models.BigIntegerField(default=0, db_default=0)
    cost_usd = models.DecimalField(max_digits=16, decimal_places=8, default=0, db_default=0)
    histogram = ArrayField(
        models.IntegerField(), default=list, db_default=[], help_text="How many durations fell into each class."
    )
    last_at = moment_field(help_text="The latest of them.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "kind", "at", "bot", "name", "detail"], nulls_distinct=False, name="rollup_once"
            ),
            state_check("rollup", RollupGrain, "grain"),
            state_check("rollup", RollupKind, "kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.at:%Y-%m-%d %H:%M}"
