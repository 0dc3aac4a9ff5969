"""An answer with numbered citations: asked of a model in a form, its quotes looked for in what was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.base import PageRead
from agents.structured import Form
from agents.synthesis.shelf import Shelf, marks, remark
from agents.synthesis.sources import Entry, source_list, split_off

NO_SOURCES = "_(No source backs this answer.)_"

CITED_FORM = Form(
    "write_answer",
    "Records the answer and what each citation in it rests on.",
    {
        "type": "object",
        "properties": {
            "text": {
                "type": "string",
                "description": "The answer in Markdown, with [n] behind each claim that a source backs. No list of sources.",
            },
            "citations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "n": {"type": "integer", "description": "The number in the text."},
                        "url": {"type": "string"},
                        "quote": {"type": "string", "description": "The very words of the source that back the claim."},
                    },
                    "required": ["n", "url", "quote"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["text", "citations"],
        "additionalProperties": False,
    },
)


def cited(value: dict[str, Any], shelf: Shelf, pages: Sequence[PageRead]) -> str:
    """The answer in Markdown with the list of its sources, numbered in the order in which they are cited.

    A mark that stands for no source is taken out. A citation without an entry takes the quotes of the shelf's source.
    """
    text, _ = split_off(str(value.get("text") or ""))
    given = _given(value, shelf)
    entries: dict[int, Entry] = {}
    for number in marks(text):
        if number in given:
            entries[number] = given[number]
        elif number in shelf.books:
            book = shelf.books[number]
            entries[number] = Entry(0, book.url, book.title, tuple(book.quotes))
    places = {number: place for place, number in enumerate(entries, start=1)}
    numbered = [Entry(places[number], each.url, each.title, each.quotes) for number, each in entries.items()]
    return f"{remark(text, places.get)}\n\n{source_list(numbered, pages) or NO_SOURCES}"


def _given(value: dict[str, Any], shelf: Shelf) -> dict[int, Entry]:
    """The model's citations by their numbers; several of one number are one source with several quotes."""
    found: dict[int, Entry] = {}
    listed = value.get("citations")
    for raw in listed if isinstance(listed, list) else []:
        if not isinstance(raw, dict) or not isinstance(raw.get("n"), int):
            continue
        number = raw["n"]
        book = shelf.books.get(shelf.number_of(str(raw.get("url") or "")) or 0)
        url = str(raw.get("url") or "").strip() or (shelf.books[number].url if number in shelf.books else "")
        if not url:
            continue
        before = found.get(number, Entry(0, url, book.title if book else ""))
        quote = " ".join(str(raw.get("quote") or "").split())
        quotes = tuple(dict.fromkeys([*before.quotes, quote])) if quote else before.quotes
        found[number] = Entry(0, before.url, before.title, quotes)
    return found
