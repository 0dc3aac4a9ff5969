"""What operators edit about routing: patterns, their published versions, and the cases that judge them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from botplatform.models.fields import now_field, text_field


class Pattern(models.Model):
    """One rule of the router, as it is being edited. The published version is what the router uses."""

    name = models.SlugField(max_length=64, unique=True)
    position = models.IntegerField(default=100, help_text="The first that matches decides, in this order.")
    expression = models.TextField(help_text="RE2; letters match in either case.")
    target = models.CharField(max_length=64, help_text="The agent that answers.")
    platform = models.CharField(max_length=32, blank=True, default="", db_default="", help_text="Empty: all platforms.")
    enabled = models.BooleanField(default=True, db_default=True)
    tests = models.JSONField(
        default=list, blank=True, help_text='A list of {"text": …, "matches": true or false}; checked on save.'
    )
    note = text_field()
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(target__endswith="-worker"), name="pattern_target_no_worker"),
        ]

    def __str__(self) -> str:
        return self.name


class RoutingVersion(models.Model):
    """An immutable set of patterns; the newest is in force. Routes record the one they used."""

    number = models.IntegerField(unique=True)
    patterns = models.JSONField(help_text="The enabled patterns in order.")
    before = models.JSONField(null=True, blank=True, help_text="What the evaluation said of the version before.")
    after = models.JSONField(null=True, blank=True, help_text="What it says of this one.")
    forced = models.BooleanField(default=False, db_default=False, help_text="Published in spite of a loss.")
    note = text_field()
    created_by = text_field()
    created_at = now_field()

    def __str__(self) -> str:
        return f"routing v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only ever inserted: what a run or a route names stays what it was."""
        if not self._state.adding:
            raise TypeError(f"{self} cannot be changed: make another version")
        super().save(*args, **kwargs)


class RoutingCase(models.Model):
    """A message whose right target somebody has named; judged together with the shipped cases."""

    text = models.TextField()
    platform = models.CharField(max_length=32)
    target = models.CharField(max_length=64)
    before = models.JSONField(default=list, blank=True, help_text="Up to three turns before it.")
    route = models.ForeignKey("botplatform.Route", models.SET_NULL, null=True, blank=True, related_name="cases")
    created_by = text_field()
    created_at = now_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["route"], name="routing_case_route_once"),
            models.CheckConstraint(condition=~Q(target__endswith="-worker"), name="routing_case_no_worker"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
