"""What operators edit about agents: configurations, prices, progress texts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from botplatform.models.fields import now_field, text_field


class AgentFields(models.Model):
    """What a draft and a published version have in common: everything a run is given."""

    prompt = models.TextField(
        help_text="A template: {{ bot_name }} and other named variables are filled in for each run."
    )
    model = text_field(help_text="provider:model; empty: DEFAULT_MODEL.")
    fallback_models = models.JSONField(default=list, blank=True, help_text="Tried in order; empty: FALLBACK_MODELS.")
    tools = models.JSONField(default=list, blank=True)
    temperature = models.FloatField(null=True, blank=True)
    max_steps = models.IntegerField(default=12, help_text="Model calls in one run.")
    max_output_tokens = models.IntegerField(default=8192, help_text="Of one model call.")
    max_tokens = models.IntegerField(
        null=True, blank=True, help_text="Input and output of all model calls of one run; empty: no limit."
    )
    max_seconds = models.IntegerField(default=600, help_text="Wall-clock time of one run.")
    max_cost_usd = models.DecimalField(
        max_digits=10,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Of one run, at stored prices; empty: no limit.",
    )
    parallel_steps = models.IntegerField(
        default=3, db_default=3, help_text="Steps of one plan that run at the same time, where the agent plans."
    )
    step_attempts = models.IntegerField(
        default=3, db_default=3, help_text="Of one step of a plan, where the agent plans."
    )
    fallback_agent = text_field(help_text="Answers when this agent fails for good; empty: nobody.")

    class Meta:
        abstract = True


class AgentConfig(models.Model):
    """One agent as operators know it; the published version is what runs use."""

    name = models.SlugField(max_length=64, unique=True, help_text="For example simple-agent.")
    behaviour = models.CharField(max_length=64, help_text="The code behind it.")
    description = text_field()
    enabled = models.BooleanField(default=True, db_default=True, help_text="A disabled agent is never routed to.")
    paused = models.BooleanField(
        default=False, db_default=False, help_text="What is meant for a paused agent waits until it goes on."
    )
    category = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="Takes over what the router's model puts into this category, unless an approval is asked for.",
    )
    published = models.ForeignKey(
        "botplatform.AgentConfigVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = now_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category"], condition=~Q(category=""), name="agent_category_once"),
        ]
        permissions = [("pause_agentconfig", "Can pause and resume agents")]

    def __str__(self) -> str:
        return self.name


class AgentDraft(AgentFields):
    """What an operator is writing; one a configuration. Runs never see it."""

    config = models.OneToOneField(AgentConfig, models.CASCADE, related_name="draft")
    based_on = models.ForeignKey(
        "botplatform.AgentConfigVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_by = text_field()
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    def __str__(self) -> str:
        return f"{self.config.name}, draft"


class AgentConfigVersion(AgentFields):
    """An immutable version of a configuration; runs record the one they used."""

    config = models.ForeignKey(AgentConfig, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    note = text_field(help_text="Why it was published.")
    created_by = text_field()
    created_at = now_field()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["config", "number"], name="agent_version_number")]

    def __str__(self) -> str:
        return f"{self.config.name} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only ever inserted: what a run or a route names stays what it was."""
        if not self._state.adding:
            raise TypeError(f"{self} cannot be changed: make another version")
        super().save(*args, **kwargs)


class AgentOverride(models.Model):
    """What one bot does differently; the rest is the agent's published version."""

    bot = models.ForeignKey("botplatform.Bot", models.CASCADE, related_name="overrides")
    config = models.ForeignKey(AgentConfig, models.CASCADE, related_name="overrides")
    instructions = text_field(help_text="Added to the agent's prompt; the same variables may be used.")
    model = text_field(help_text="provider:model; empty: as published.")
    tools = models.JSONField(null=True, blank=True, help_text="A list of names; empty: as published.")
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "config"], name="agent_override_once")]

    def __str__(self) -> str:
        return f"{self.config} for {self.bot}"


class Personality(models.Model):
    """How agents speak on one platform; composed with each agent's prompt."""

    platform = models.CharField(max_length=32, unique=True)
    text = models.TextField()
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        verbose_name_plural = "personalities"

    def __str__(self) -> str:
        return self.platform


class InfoPage(models.Model):
    """What the info agent may tell about the bot and its owner, with the title as its source."""

    title = models.CharField(max_length=120)
    text = models.TextField(help_text="Markdown.")
    url = models.URLField(blank=True, default="", db_default="", help_text="Where people can read more.")
    bot = models.ForeignKey(
        "botplatform.Bot",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="info_pages",
        help_text="Empty: all bots.",
    )
    enabled = models.BooleanField(default=True, db_default=True)
    position = models.IntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title


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
