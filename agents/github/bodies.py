"""Texts for GitHub and for people who decide about them."""

from __future__ import annotations

from agents.github.access import GitHub, GitHubError

BODY_LIMIT = 60_000
"""Characters; GitHub takes 65,536, and markers need room."""
SHOWN = 1_500
"""Characters of a text that a description shows."""


MENTIONS = 3
"""People that one text may call."""


def written(github: GitHub, markdown: str, *, what: str = "the text", mentions: int = MENTIONS) -> str:
    """What is posted. Raises GitHubError where nothing is left of it or it is too long."""
    body = github.clean(markdown, mentions=mentions).strip()
    if not body:
        raise GitHubError(f"{what} is empty")
    if len(body) > BODY_LIMIT:
        raise GitHubError(f"{what} is longer than {BODY_LIMIT:,} characters")
    return body


def quoted(words: str, limit: int = SHOWN) -> str:
    """A text between quotation marks, cut with the cut told."""
    if len(words) <= limit:
        return f"“{words}”"
    return f"“{words[:limit]} […]” ({len(words):,} characters in all)"
