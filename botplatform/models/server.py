"""Servers whose tools agents are offered."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from botplatform.models.fields import now_field, state_check, text_field


class McpKind(models.TextChoices):
    """How a server is reached."""

    HTTP = "http", "Streamable HTTP"
    STDIO = "stdio", "A program on the worker's machine"


class McpServer(models.Model):
    """An MCP server; an agent is offered those of its tools that are allowed here and listed in its configuration."""

    Kind = McpKind

    name = models.SlugField(max_length=32, unique=True, help_text="In the names of its tools: mcp__name__tool.")
    kind = models.CharField(max_length=8, choices=McpKind.choices, default=McpKind.HTTP)
    enabled = models.BooleanField(default=True, db_default=True)
    url = text_field(help_text="Of a server reached over HTTP.")
    command = models.JSONField(
        default=list, blank=True, help_text="A program and its arguments, never through a shell."
    )
    secrets = text_field(help_text="Headers and environment, sealed.")
    allowed_tools = models.JSONField(
        default=list, blank=True, help_text="Names as the server gives them; no others are offered."
    )
    timeout_seconds = models.IntegerField(default=30, help_text="Of one call.")
    private_addresses = models.BooleanField(default=False, help_text="It may stand on an address that is not public.")
    trust_hints = models.BooleanField(
        default=False,
        help_text="Believe the server where it says that a tool only reads: its calls then need no approval.",
    )
    note = text_field()
    created_at = now_field()
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        verbose_name = "MCP server"
        constraints = [state_check("mcp", McpKind, "kind")]

    def __str__(self) -> str:
        return self.name
