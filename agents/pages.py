"""What operators wrote about the bot and its owner: as much of it as a question needs and a prompt may hold."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.base import Page
from agents.terms import terms
from agents.text import strip_invisible

BUDGET_CHARS = 24_000
"""All pages together in one prompt."""
PASSAGE_CHARS = 2_000
"""Long pages are chosen from in pieces of at most this length."""
QUESTION_CHARS = 10_000
GAP = "[…]"
_TAG = re.compile(r"<(?=\s*/?\s*pages?\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A page as it stands in a prompt, whole or in parts. `number` is its place among all pages, from 1."""

    number: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Passage:
    number: int
    place: int
    title: str
    text: str


def choose(pages: Sequence[Page], question: str, *, budget: int = BUDGET_CHARS) -> list[Excerpt]:
    """All pages where they fit into `budget` characters, else the passages that share most words with the question.

    `budget` is at least PASSAGE_CHARS. Words that stand in few passages count more than those that stand in many.
    """
    numbered = [(number, page) for number, page in enumerate(pages, 1) if page.text.strip()]
    if sum(len(page.title) + len(page.text) for _, page in numbered) <= budget:
        return [Excerpt(number, page.title, page.text.strip()) for number, page in numbered]
    passages = [
        _Passage(number, place, page.title, text)
        for number, page in numbered
        for place, text in enumerate(_passages(page.text))
    ]
    return _excerpts(_best(passages, terms(question[-QUESTION_CHARS:]), budget))


def reference(pages: Sequence[Page], excerpts: Sequence[Excerpt]) -> str:
    """The part of a system prompt that holds the pages."""
    lines = [
        f'<page number="{each.number}" title="{_attribute(each.title)}">\n{_inert(each.text)}\n</page>'
        for each in excerpts
    ]
    left_out = len(pages) - len(excerpts)
    if left_out:
        lines.append(f"[{left_out} more {'page is' if left_out == 1 else 'pages are'} not shown here]")
    return "\n".join(["<pages>", *(lines or ["No page has been written yet."]), "</pages>"])


def _best(passages: Sequence[_Passage], asked: frozenset[str], budget: int) -> list[_Passage]:
    """The passages that fit the question best; without any, the first ones."""
    known = [_about(passage) for passage in passages]
    spread = Counter(term for each in known for term in each & asked)
    scores = [sum(math.log((1 + len(passages)) / spread[term]) for term in each & asked) for each in known]
    ranked = sorted(zip(scores, passages, strict=True), key=lambda pair: -pair[0])
    chosen: list[_Passage] = []
    for score, passage in ranked:
        budget -= len(passage.title) + len(passage.text)
        if budget < 0 or (chosen and score == 0 < ranked[0][0]):
            break
        chosen.append(passage)
    return sorted(chosen, key=lambda passage: (passage.number, passage.place))


def _excerpts(passages: Iterable[_Passage]) -> list[Excerpt]:
    """Passages of one page put together again, with a mark where something is missing."""
    found: dict[int, Excerpt] = {}
    before: _Passage | None = None
    for passage in passages:
        joined = passage.text
        if before and before.number == passage.number:
            gap = "" if passage.place == before.place + 1 else f"{GAP}\n\n"
            joined = f"{found[passage.number].text}\n\n{gap}{passage.text}"
        found[passage.number] = Excerpt(passage.number, passage.title, joined)
        before = passage
    return list(found.values())


@lru_cache(maxsize=4096)
def _about(passage: _Passage) -> frozenset[str]:
    return terms(f"{passage.title}\n{passage.text}")


@lru_cache(maxsize=512)
def _passages(text: str) -> tuple[str, ...]:
    """Paragraphs, put together as far as they fit into one passage; longer ones are cut."""
    found = [""]
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        pieces = [paragraph[start : start + PASSAGE_CHARS] for start in range(0, len(paragraph), PASSAGE_CHARS)]
        for piece in pieces:
            if found[-1] and len(found[-1]) + len(piece) + 2 > PASSAGE_CHARS:
                found.append("")
            found[-1] = f"{found[-1]}\n\n{piece}" if found[-1] else piece
    return tuple(found)


def _attribute(title: str) -> str:
    return " ".join(_inert(title).replace('"', "'").split())


def _inert(text: str) -> str:
    """A tag of ours inside a page loses its effect."""
    return _TAG.sub("&lt;", strip_invisible(text).strip())
