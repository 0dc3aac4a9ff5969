from __future__ import annotations

import time

import pytest

from agents.base import PageRead
from agents.synthesis.quotes import Standing, address, standing, stands_in, title_of

PAGE = """https://example.org/tower, text/html, retrieved 2026-01-01 10:00 UTC.
<untrusted source="https://example.org/tower">
Title: The tower

The *tower*, built in 1889 by [Gustave](https://example.org/g)'s firm, is 330 m high. It isn't the
high-\u00adest of all. Since 1957 it carries antennas, and since 2022 one more on top of them all.
这座塔高三百三十米，建于一八八九年。
</untrusted>"""


@pytest.mark.parametrize(
    "quote",
    [
        "built in 1889 by Gustave's firm",
        "BUILT in 1889, by Gustave’s firm",
        "“The tower, built in 1889",
        "it isn’t the highest of all",
        "is 330 m high.\nIt isn't the",
        "ｂuilt in 1889 by",
        "The tower, built in 1889 … is 330 m high",
        "built in 1889 [...] since 1957 it carries",
        "... since 1957 it carries antennas ...",
        "这座塔高三百三十米",
    ],
)
def test_words_of_the_page_are_found_however_they_are_written(quote: str) -> None:
    assert stands_in(quote, PAGE)


@pytest.mark.parametrize(
    "quote",
    [
        "built in 1888 by Gustave's firm",
        "The tower is 330 m high",
        "is 330 m high … built in 1889 by Gustave",
        "owner, built in 1889",
        "built in 18",
        "the tower",
        "built … high … antennas",
        "…",
        "",
        "这座塔高九百九十米",
    ],
)
def test_words_that_are_not_there_or_too_few_are_not_found(quote: str) -> None:
    assert not stands_in(quote, PAGE)


@pytest.mark.parametrize(
    "other",
    ["http://www.example.org/tower/", "https://EXAMPLE.org/tower#high", " https://example.org/tower "],
)
def test_links_to_the_same_page_are_the_same(other: str) -> None:
    assert address(other) == address("https://example.org/tower")


@pytest.mark.parametrize(
    "other", ["https://example.org/tower?page=2", "https://example.org/Tower", "https://other.org/tower"]
)
def test_links_to_other_pages_are_not(other: str) -> None:
    assert address(other) != address("https://example.org/tower")


def test_address_that_cannot_be_read_is_itself() -> None:
    assert address("http://[half") == "http://[half"


@pytest.mark.parametrize(
    ("quote", "url", "known"),
    [
        ("since 1957 it carries antennas", "https://example.org/tower", Standing.SUPPORTED),
        ("since 1957 it carries nothing", "https://example.org/tower", Standing.UNSUPPORTED),
        ("since 1957 it carries antennas", "https://example.org/other", Standing.NEVER_READ),
        ("", "https://example.org/tower", Standing.NO_QUOTE),
        ("since 1957 it carries antennas", "https://short.example/t", Standing.SUPPORTED),
    ],
)
def test_quote_is_judged_by_the_page_it_is_said_to_be_from(quote: str, url: str, known: Standing) -> None:
    pages = [
        PageRead("https://short.example/t", PAGE),
        PageRead("https://other.org/", "Since 1957 it carries nothing."),
    ]
    assert standing(quote, url, pages) is known


def test_page_that_was_read_in_parts_is_looked_for_in_each() -> None:
    pages = [
        PageRead("https://a.example", "One two three four five."),
        PageRead("https://a.example", "Six seven eight nine ten."),
    ]
    assert standing("seven eight nine ten", "https://a.example", pages) is Standing.SUPPORTED


def test_title_is_what_the_page_says() -> None:
    assert title_of(PageRead("https://example.org", PAGE)) == "The tower"
    assert title_of(PageRead("https://example.org", "No title.")) == ""


@pytest.mark.parametrize("page", ["[" * 100_000, "[](" * 30_000, " ." * 50_000, "a-" * 50_000])
def test_page_made_to_be_slow_is_read_in_no_time(page: str) -> None:
    began = time.monotonic()
    assert not stands_in("four words that are … not in it there", page)
    assert time.monotonic() - began < 2
