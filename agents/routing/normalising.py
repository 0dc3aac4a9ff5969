"""A message as patterns see it: what no reader sees taken out, what reads alike made alike."""

from __future__ import annotations

import unicodedata

from agents.text import strip_invisible

SEPARATOR = "\n---\n"
"""Between messages that are answered together."""
MENTIONS = 3
"""So many at the beginning of a message are passed over."""

_ALIKE = {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-"}
_UNSEEN = ("\ufe0f", *map(chr, range(0x1F3FB, 0x1F400)))
"""The choice between a coloured and a plain sign, and the tones of skin."""


def messages_of(text: str) -> list[str]:
    """Cut what is answered together into its messages, each normalised; empty ones are left out."""
    return [message for part in text.split(SEPARATOR) if (message := normalise(part))]


def normalise(text: str) -> str:
    """Return a message without invisible characters, doubled spaces and a mention at its beginning.

    Typographic quotes and dashes become plain ones, and compatibility forms their usual characters (NFKC). Emoji,
    punctuation, letter case and line breaks stay.
    """
    text = strip_invisible(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _plain(text))
    if "  " in text or "\t" in text:
        text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return _without_mention(text.strip())


def _plain(text: str) -> str:
    for sign, plain in _ALIKE.items():
        text = text.replace(sign, plain)
    for sign in _UNSEEN:
        text = text.replace(sign, "")
    return text


def _without_mention(text: str) -> str:
    """A message that is nothing but mentions stays as it is."""
    rest = text
    for _ in range(MENTIONS):
        if not rest.startswith("@"):
            break
        words = rest.split(maxsplit=1)
        if len(words) < 2:
            return text
        rest = words[1]
    return rest
