"""Every transport by name: one place to look."""

from __future__ import annotations

from transports.base import Transport
from transports.github import GitHubTransport
from transports.telegram import TelegramTransport
from transports.terminal import TerminalTransport
from transports.webchat import WebChatTransport

TRANSPORTS: dict[str, type[Transport]] = {
    "telegram": TelegramTransport,
    "github": GitHubTransport,
    "webchat": WebChatTransport,
    "terminal": TerminalTransport,
}
