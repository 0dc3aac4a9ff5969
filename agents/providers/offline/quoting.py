"""Answers out of the pages that stand in a prompt: the sentences that share most words with the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.terms import terms, words

_PAGES = re.compile(r"<pages>\n(.*)\n</pages>", re.DOTALL)
_PAGE = re.compile(r'<page number="(\d+)" title="([^"]*)">\n(.*?)\n</page>', re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")
_COMMON_WORDS = (
    "a about am an and any are as at be bot by can could did do does for from had has have here how i if in is it its me my of on "
    "or our please she should so some tell that the their them there they this to up us was we were what when where which "
    "who whom whose why will with would you your "
    "aber als am an auch auf aus bei bin bist bot da das dein deine dem den der des die du ein eine er es euch fur hat "
    "hast ich ihr im in ist kann kannst man mein mit oder sich sie sind und uns von wann warum was welche wer wie wir wo "
    "zu zum au aux avec ce cette ces comment dans de des du elle en est et il ils je la le les leur lui ma mais mes mon "
    "nous ou par pas peux pour qu que quel quelle qui quoi sa se ses son sont sur ta te tes toi ton tu un une vos votre "
    "vous al como con cual cuando de del donde el ella en es esta este hay la las lo los me mi para pero por puede que "
    "quien se si son su sus te tu un una y"
)
_COMMON = frozenset(_COMMON_WORDS.split())
SHARE = 0.5
"""A second sentence is quoted if it fits at least this well, compared with the best."""
NOT_WRITTEN = "That is not in what has been written about this bot and its owner, so I cannot say."
NOTHING_WRITTEN = "Nothing has been written down about this bot and its owner yet, so I cannot say."


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    number: int
    common: int


def has_pages(system: str) -> bool:
    """Whether the prompt has a place for pages, be it empty."""
    return _PAGES.search(system) is not None


def quoted(system: str, question: str) -> str:
    """The one or two sentences that fit, with the numbers of their pages; empty if none does."""
    asked = terms(" ".join(word for word in words(question) if word not in _COMMON))
    found = sorted(_sentences(system, asked), key=lambda sentence: -sentence.common)
    if not found or not found[0].common:
        return ""
    chosen = [found[0], *(each for each in found[1:2] if each.common >= SHARE * found[0].common)]
    numbers = "".join(f"[{number}]" for number in sorted({each.number for each in chosen}))
    return f"{' '.join(each.text for each in chosen)}\n\n{numbers}"


def not_written(system: str) -> str:
    """What is said where no page helps."""
    return NOT_WRITTEN if _PAGE.search(system) else NOTHING_WRITTEN


def _sentences(system: str, asked: frozenset[str]) -> Sequence[_Sentence]:
    """Every sentence with the number of terms that it shares with the question; a page's title counts for all of it."""
    pages = _PAGES.search(system)
    return [
        _Sentence(sentence, int(number), 2 * len(asked & terms(sentence)) + len(asked & terms(title)))
        for number, title, text in _PAGE.findall(pages[1] if pages else "")
        for sentence in (each.strip(" #*-\t") for each in _SENTENCE.split(text))
        if sentence
    ]
