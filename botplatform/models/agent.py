"""What operators edit about agents: configurations, prices, progress texts."""

from __future__ import annotations

from django.db import models

from botplatform.models.fields import now_field, text_field


class AgentConfig(models.Model):
    """One agent as operators know it; the published version is what runs use."""

    name = models.SlugField(max_length=64, unique=True, help_text="For example simple-agent.")
    behaviour = models.CharField(max_length=64, help_text="The code behind it.")
    description = text_field()
    published = models.ForeignKey(
        "botplatform.AgentConfigVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = now_field()

    def __str__(self) -> str:
        return self.name


class AgentConfigVersion(models.Model):
    """An immutable version of a configuration; runs record the one they used."""

    config = models.ForeignKey(AgentConfig, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    prompt = models.TextField()
    model = text_field(help_text="provider:model; empty: DEFAULT_MODEL.")
    fallback_models = models.JSONField(default=list, blank=True, help_text="Tried in order; empty: FALLBACK_MODELS.")
    tools = models.JSONField(default=list, blank=True)
    temperature = models.FloatField(null=True, blank=True)
    max_steps = models.IntegerField(default=12, help_text="Model calls in one run.")
    max_output_tokens = models.IntegerField(default=8192, help_text="Of one model call.")
    max_seconds = models.IntegerField(default=600, help_text="Wall-clock time of one run.")
    created_at = now_field()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["config", "number"], name="agent_version_number")]

    def __str__(self) -> str:
        return f"{self.config.name} v{self.number}"


class ModelPrice(models.Model):
    """What a model costs, in US dollars per million tokens. Steps keep the cost they were charged."""

    model = models.CharField(max_length=200, unique=True, help_text="provider:model")
    input_usd = models.DecimalField(max_digits=10, decimal_places=4)
    output_usd = models.DecimalField(max_digits=10, decimal_places=4)
    cache_read_usd = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    cache_write_usd = models.DecimalField(max_digits=10, decimal_places=4, default=0)

    def __str__(self) -> str:
        return self.model


class ProgressText(models.Model):
    """A line shown while a run works; they rotate, never the same twice running. The first is the placeholder."""

    text = models.CharField(max_length=200)
    position = models.IntegerField(default=0)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text
