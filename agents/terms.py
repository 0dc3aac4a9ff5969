"""Words made comparable across their forms, scripts and languages, without a dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SHORT, LONG = 4, 7
"""A word counts by its first letters, in both lengths: `opening` resembles `open`, and `openings` more."""
_WORD = re.compile(r"\w+")
# Thai to Khmer, kana, Han and Hangul: written without spaces, or with particles attached.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)


def words(text: str) -> list[str]:
    """The words of a text, in lower case and without accents."""
    bare = (char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return _WORD.findall(unicodedata.normalize("NFC", "".join(bare)))


def terms(text: str) -> frozenset[str]:
    """What a text is about, for comparing it with another."""
    return frozenset(term for word in words(text) for term in _terms(word))


def _terms(word: str) -> Iterator[str]:
    for run in _UNSPACED.findall(word):
        yield from (run[place : place + 2] for place in range(max(1, len(run) - 1)))
    for part in _UNSPACED.sub(" ", word).split():
        singular = part.removesuffix("s") if len(part) > 3 else part
        yield singular[:SHORT]
        yield singular[:LONG]
