"""A message as patterns see it: what no reader sees taken out, what reads alike made alike."""

from __future__ import annotations

import re
import unicodedata

from agents.text import strip_invisible

SEPARATOR = "\n---\n"
"""Between messages that are answered together."""
MENTIONS = 3
"""So many at the beginning of a message are passed over."""

_PLAIN = {
    **dict.fromkeys("’‘ʼ´", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("–—−", "-"),
    "\ufe0f": "",  # asks for the coloured form of a sign
    **{chr(tone): "" for tone in range(0x1F3FB, 0x1F400)},  # of skin
}
_SIGNS = re.compile(f"[{''.join(_PLAIN)}]")


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
        text = unicodedata.normalize("NFKC", _SIGNS.sub(lambda sign: _PLAIN[sign[0]], text))
    if "  " in text or "\t" in text:
        text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return _without_mention(text.strip())


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
