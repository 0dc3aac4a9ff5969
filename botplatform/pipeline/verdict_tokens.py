"""Chat text as the words, numbers and marks that verdicts.py judges. Plain tokenising: no pattern here can backtrack far."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from botplatform.pipeline import verdict_words as words

_APOSTROPHES = "'’‘ʼ´＇"
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e0fff"
)
_MARKS = "\u0300-\u036f"
_DECORATION = "\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
"""Variation selectors and skin tones."""
_PATTERN = re.compile(
    rf"(?P<blank>[^\S\n]+|[{_DECORATION}])"
    r"|(?P<dots>\.{2,}|…)"
    r"|(?P<number>\d{1,18}(?:[.,]\d{1,18})*(?![\w]))"
    rf"|(?P<word>(?:[^\W_]|[{_APOSTROPHES}{_MARKS}{_HIDDEN}])+)"
    r"|(?P<smile>[:=]-?[)D](?!\w))"
    r"|(?P<dash>(?<=\s)[-–—]+(?=\s)|[–—]+)"
    r"|(?P<mark>.|\n)",
    re.DOTALL,
)
_WIDE = str.maketrans("，、；؛：。！¡？؟＃", ",,;;:.!,??#")
_DROPPED = re.compile(f"[{_APOSTROPHES}]")
_UNSEEN = re.compile(f"[{_HIDDEN}]")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}|(\w)\2+$")
_ACCENTS = re.compile(r"[\u0300-\u0304\u0306-\u030c\u0327\u0328]")
_ANY_MARK = re.compile(f"[{_MARKS}]")
_OPTION = re.compile(r"\[([^\]]*)\]|\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Token:
    """`text` as it is compared: a word in lower case without accents, a number's digits, or one mark."""

    text: str
    start: int
    """Where it begins in the message."""
    end: int
    is_word: bool = False
    is_number: bool = False
    is_exact: bool = True
    """False where it only looks like a known word: letters of another alphabet, hidden characters, stray accents."""


def plain(word: str) -> str:
    """Lower case, no apostrophes, one form for characters that look the same to everybody (full-width, ligatures)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _DROPPED.sub("", word)).casefold())


def unaccented(word: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))


def skeleton(word: str) -> str:
    """What a reader may take a word for."""
    seen = unicodedata.normalize("NFD", _UNSEEN.sub("", word))
    return unicodedata.normalize("NFC", _ANY_MARK.sub("", seen).translate(words.ALIKE))


def visible(text: str) -> str:
    """Text without what a reader does not see."""
    return _UNSEEN.sub("", text)


def tokens(text: str) -> list[Token]:
    """Cut text, of a few hundred characters at most, into tokens; a line's end is one."""
    found: list[Token] = []
    for match in _PATTERN.finditer(text):
        if match.lastgroup not in ("blank", "smile"):
            found += _tokens_of(match.lastgroup or "", match[0], match.start())
    return found


def _tokens_of(kind: str, raw: str, start: int) -> Iterator[Token]:
    end = start + len(raw)
    if kind == "word":
        yield _word(raw, start, end)
    elif kind == "number":
        yield from _numbers(raw, start, end)
    elif kind == "dots":
        yield Token("…", start, end)
    elif kind == "dash":
        yield Token("–", start, end)
    else:
        yield Token(raw.translate(_WIDE), start, end)


def _numbers(raw: str, start: int, end: int) -> Iterator[Token]:
    """One number, or several after commas; what may be a fraction, thousands or no number of ours stays a mark."""
    parts = raw.split(",")
    digits = [unicodedata.normalize("NFKC", part) for part in parts]
    known = all(one.isascii() and one.isdigit() and len(one) <= 6 and one[0] != "0" for one in digits)
    if not known or any(len(one) == 3 for one in digits[1:]):
        yield Token(raw, start, end)
        return
    for place, one in enumerate(digits):
        if place:
            yield Token(",", start, start + 1)
            start += 1
        yield Token(one, start, start + len(one), is_number=True)
        start += len(one)


def _word(raw: str, start: int, end: int) -> Token:
    if raw[0] in _APOSTROPHES or raw[-1] in _APOSTROPHES:
        return Token(unaccented(plain(raw)), start, end, is_word=True, is_exact=False)  # in quotation marks
    word = plain(raw)
    if known := FORMS.get(word) or STRETCHED.get(_DRAWN_OUT.sub(r"\1\2", word)):
        return Token(known, start, end, is_word=True)
    seen = skeleton(word)
    seen = STRETCHED.get(_DRAWN_OUT.sub(r"\1\2", seen), seen)
    return Token(seen, start, end, is_word=True, is_exact=seen not in FORMS)


# -- the tables, read once


def expand(table: str) -> Iterator[str]:
    """The phrases of a table: `(a|b)` is one of several, `[a|b]` may be missing."""
    for pattern in " ".join(table.split()).split(","):
        pieces = _OPTION.split(pattern)
        choices = [
            [pieces[at]] if at % 3 == 0 else _choices(pieces[at], optional=at % 3 == 1)
            for at in range(len(pieces))
            if pieces[at] is not None
        ]
        yield from (" ".join("".join(choice).split()) for choice in product(*choices))


def _choices(options: str, *, optional: bool) -> list[str]:
    return options.split("|") + [""] * optional


def phrases(table: str) -> Iterator[tuple[str, ...]]:
    """The phrases of a table as the texts of their tokens."""
    for phrase in expand(table):
        yield tuple(unaccented(plain(token)) for token in _split(phrase))


def _split(phrase: str) -> list[str]:
    return [match[0] for match in _PATTERN.finditer(phrase) if match.lastgroup not in ("blank", "smile")]


def one_by_one(*tables: str) -> frozenset[str]:
    """Single words of tables that are no phrases."""
    return frozenset(unaccented(plain(word)) for table in tables for word in table.split())


def _forms(names: Iterable[str]) -> dict[str, str]:
    """Every word of every table, with its accents and without → without."""
    found = {}
    for name in names:
        for word in _split(re.sub(r"[\[\]()|,]", " ", getattr(words, name))):
            found[plain(word)] = found[unaccented(plain(word))] = unaccented(plain(word))
    return found


FORMS = _forms(name for name in dir(words) if name.isupper() and name != "ALIKE")
STRETCHED = {_DRAWN_OUT.sub(r"\1\2", plain(word)): unaccented(plain(word)) for word in words.STRETCHED.split()}
