"""A server of tools (Model Context Protocol) as an operator configured it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agents.web.errors import AddressRefused
from agents.web.urls import parse

HIDDEN = "[hidden]"
_NAME = re.compile(r"(?!.*__)[A-Za-z0-9](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?")  # `__` ends it in tools' names
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
_OURS = {"host", "content-length", "transfer-encoding", "connection", "mcp-session-id", "accept-encoding"}
_SECRET_CHARS = 6
"""Shorter values are not looked for in texts: they would be found everywhere."""


class Reach(StrEnum):
    """How a server is reached."""

    HTTP = "http"
    """By streamable HTTP."""
    STDIO = "stdio"
    """As a child process, over its standard input and output."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """Raises ValueError for what cannot work. Nothing that may hold a secret is in its `repr`."""

    name: str
    transport: Reach
    url: str = field(default="", repr=False)
    command: tuple[str, ...] = field(default=(), repr=False)
    """Program and arguments; no shell reads them."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that the child process finds in its environment, beside a PATH."""
    allowed_tools: frozenset[str] = frozenset()
    """The server's own names; no others are offered."""
    timeout_seconds: float = 30.0
    """For one call."""
    private_addresses_allowed: bool = False
    """Whether the URL may lead into an own network, and then also without TLS."""
    trust_hints: bool = False
    """Whether a tool that the server calls read-only is taken to be."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("the name of an MCP server has up to 32 letters, digits, - and single _")
        if not 1 <= self.timeout_seconds <= 600:
            raise ValueError("a call to an MCP server may take between 1 and 600 seconds")
        if Reach(self.transport) is Reach.HTTP:
            self._judge_http()
        else:
            self._judge_command()

    def _judge_http(self) -> None:
        try:
            target = parse(self.url)
        except AddressRefused as error:
            raise ValueError(str(error)) from None
        if target.scheme != "https" and not self.private_addresses_allowed:
            raise ValueError("an MCP server outside of the own network needs https")
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"{name!r} cannot be set as a header")
            if value and not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"the value of the header {name} has characters that no header has")

    def _judge_command(self) -> None:
        if not self.command or not self.command[0]:
            raise ValueError("an MCP server that is a program needs a command")
        if any("\0" in part for part in (*self.command, *self.env, *self.env.values())):
            raise ValueError("commands and environment variables have no NUL characters")
        if any(not name or "=" in name for name in self.env):
            raise ValueError("an environment variable needs a name without =")

    def without_secrets(self, text: str) -> str:
        """A text of the server's or about it, with every configured value taken out that may be a secret."""
        values = {*self.headers.values(), *self.env.values(), self.url.partition("?")[2]}
        words = {word for value in values for word in (value, value.partition(" ")[2])}
        for word in sorted(words, key=len, reverse=True):
            if len(word) >= _SECRET_CHARS:
                text = text.replace(word, HIDDEN)
        return text


class McpFailure(Exception):
    """The server could not be used; the message is fit for operators and models and holds no secret.

    `lost`: whether the connection is of no further use.
    """

    def __init__(self, message: str, *, lost: bool = True) -> None:
        super().__init__(message)
        self.lost = lost
