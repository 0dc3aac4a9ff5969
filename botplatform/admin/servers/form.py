"""An MCP server's form: what may be secret goes in and never comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from agents.mcp import servers
from botplatform import logs, sealing
from botplatform.admin.choosing import NamesField
from botplatform.models import McpServer

SECRETS = ("secret_headers", "secret_environment")
KEPT = {"secret_headers": "headers", "secret_environment": "env"}
"""Field → its part of what is sealed."""
EDITABLE = (
    "name", "kind", "enabled", "url", "command", "allowed_tools", "timeout_seconds", "private_addresses", "trust_hints", "note",
)  # fmt: skip
MOST_LINES = 50
_HELP = (
    "One NAME: value a line. Stored encrypted and never shown again. What is not named stays as it is; NAME: without a value "
    "removes it."
)


class _Unseen(UnfoldAdminTextareaWidget):
    """Never shows what was typed, not even when the form has to be filled in again."""

    def format_value(self, value: Any) -> str:
        return ""


def _hidden(label: str) -> forms.CharField:
    widget = _Unseen(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false", "class": "console-code"})
    return forms.CharField(label=label, help_text=_HELP, required=False, widget=widget, max_length=20_000)


def stored(server: McpServer) -> dict[str, dict[str, str]]:
    """Unsealed headers and environment; empty when they were sealed with another key and have to be entered anew."""
    try:
        kept = sealing.unseal(server.secrets)
    except sealing.CannotUnseal:
        kept = {}
    return {part: dict(kept.get(part) or {}) for part in KEPT.values()}


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the workers are given to reach a server."""

    command = NamesField(
        help_text=(
            "Of a program on the worker's machine: itself and its arguments, one a line; no shell reads them. "
            "It runs as the worker's user and is not in the sandbox."
        )
    )
    allowed_tools = NamesField(help_text="One a line, as the server names them; no others are offered.")
    secret_headers = _hidden("Headers")
    secret_environment = _hidden("Environment")

    class Meta:
        model = McpServer
        fields = EDITABLE
        labels = {
            "url": "URL", "trust_hints": "Trust its hints", "private_addresses": "Private addresses",
            "timeout_seconds": "Time-out in seconds",
        }  # fmt: skip
        widgets = {"url": UnfoldAdminTextInputWidget(), "note": UnfoldAdminTextareaWidget(attrs={"rows": 2})}
        help_texts = {
            "url": "Of a server reached over HTTP; everybody who may see this page reads it, so keys belong into headers.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored = stored(self.instance)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "__" in name:
            raise forms.ValidationError("Two underscores part a server's name from its tools'.")
        return name

    def clean_secret_headers(self) -> dict[str, str]:
        return _read(self.cleaned_data["secret_headers"])

    def clean_secret_environment(self) -> dict[str, str]:
        return _read(self.cleaned_data["secret_environment"])

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self._judge()
        return self.cleaned_data

    def _judge(self) -> None:
        """As the workers will; secrets that are stored go nowhere else than where they were meant for."""
        given, parts = self.cleaned_data, self._parts()
        moved = {
            "secret_headers": _origin(self.instance_was("url")) != _origin(given["url"]),
            "secret_environment": list(self.instance_was("command") or [])[:1] != given["command"][:1],
        }
        for name, part in KEPT.items():
            kept = set(self._stored[part]) & set(parts[part]) - set(given[name])
            if self.instance.pk and moved[name] and kept:
                self.add_error(
                    name, f"Enter {', '.join(sorted(kept))} again: what is stored is not sent to another place."
                )
        try:
            servers.McpServer(
                name=given.get("name") or self.instance.name, transport=servers.Reach(given["kind"]), url=given["url"],
                command=tuple(given["command"]), headers=parts["headers"], env=parts["env"],
                allowed_tools=frozenset(given["allowed_tools"]), timeout_seconds=given["timeout_seconds"],
                private_addresses_allowed=given["private_addresses"], trust_hints=given["trust_hints"],
            )  # fmt: skip
        except ValueError as error:
            self.add_error(None, f"{str(error)[:1].upper()}{str(error)[1:]}".removesuffix(".") + ".")

    def instance_was(self, name: str) -> Any:
        """What the row said before the form."""
        return self.initial.get(name)

    def _parts(self) -> dict[str, dict[str, str]]:
        merged = {}
        for name, part in KEPT.items():
            both: Mapping[str, str] = {**self._stored[part], **self.cleaned_data[name]}
            merged[part] = {key: value for key, value in both.items() if value}
        return merged

    def sealed(self) -> str | None:
        """What to store as secrets; None when none was entered."""
        if not any(self.cleaned_data[name] for name in SECRETS):
            return None
        parts = self._parts()
        logs.hide(*(value for part in parts.values() for value in part.values()))
        return sealing.seal(parts) if any(parts.values()) else ""


def _origin(url: str | None) -> tuple[str, str]:
    parts = urlsplit(url or "")
    return parts.scheme, parts.netloc.lower()


def _read(text: str) -> dict[str, str]:
    """NAME: value lines. What is wrong is told by the line's number, for the line may be a secret."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip() or len(found) == MOST_LINES:
            raise forms.ValidationError(f"Line {number} is not NAME: value, or there are more than {MOST_LINES}.")
        found[name.strip()] = value.strip()
    return found
