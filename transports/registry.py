"""Every transport by name: one place to look."""

from __future__ import annotations

from transports.base import Transport
from transports.github import GitHubTransport
from transports.telegram import TelegramTransport

TRANSPORTS: dict[str, type[Transport]] = {transport.name: transport for transport in (TelegramTransport, GitHubTransport)}
