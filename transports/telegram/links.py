"""Which addresses Telegram takes as links behind other text."""

from __future__ import annotations

from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink


def hidden_address(url: str) -> str:
    """The URL for a `text_link`; empty if Telegram would refuse it, and it must be shown instead.

    Telegram takes `tg:` and HTTP addresses whose host has a dot. It reads `mailto:` as the user name of an HTTP
    address, while a visible e-mail address becomes a link by itself.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    usable = parts.scheme == "tg" or (parts.scheme in ("http", "https") and ("." in host or ":" in host))
    return normalizeLink(url) if usable and host else ""


def shown_address(url: str) -> str:
    return url.removeprefix("mailto:")
