from __future__ import annotations

import pytest

from agents.base import Page
from agents.citing import cited, source_line

HOURS = Page("Opening hours", "Nine to five.", "https://example.org/hours")
OWNER = Page("Who we are", "A club.")
PAGES = {1: HOURS, 4: OWNER}


@pytest.mark.parametrize(
    ("text", "left", "pages"),
    [
        ("Nine to five.\n\n[1]", "Nine to five.", [HOURS]),
        ("A club, nine to five.\n[4][1]", "A club, nine to five.", [OWNER, HOURS]),
        ("A club.\n\n[1, 4]", "A club.", [HOURS, OWNER]),
        ("A club.\n\nSources: [1] and [4].", "A club.", [HOURS, OWNER]),
        ("Ein Verein.\n\n**Quelle:** [4]", "Ein Verein.", [OWNER]),
        ("Nine [1] to five [1][4].", "Nine to five.", [HOURS, OWNER]),
        ("Nine to five.【1】", "Nine to five.", [HOURS]),
        ("A club.\n\nSource: Who we are", "A club.", [OWNER]),
        ("A club.\n\nQuelle: Who we are", "A club.", [OWNER]),
        ("A club.\n\nSources:\n- [4] Who we are\n- Opening hours", "A club.", [OWNER, HOURS]),
        ("Nine to five.\n\n[1]\n\n_(cut here)_", "Nine to five.\n\n_(cut here)_", [HOURS]),
        ("[1]", "", [HOURS]),
    ],
)
def test_numbers_become_pages(text: str, left: str, pages: list[Page]) -> None:
    assert cited(text, PAGES) == (left, pages)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I do not know.", "I do not know."),
        ("Invented.\n\n[7]", "Invented."),
        ("Invented.\n\nSource: Wikipedia", "Invented."),
    ],
)
def test_what_names_no_page_states_no_source(text: str, left: str) -> None:
    assert cited(text, PAGES) == (left, [])


@pytest.mark.parametrize(
    "text",
    [
        "See [1](https://example.org).",
        "Take `list[1]` or\n\n```\nx = y[4]\n```",
        "There are [12] of them.",
        "Days:\n- Monday: 9\n- Tuesday: 10",
        "Note: who knows",
    ],
)
def test_other_brackets_and_lists_stay(text: str) -> None:
    assert cited(text, PAGES) == (text, [])


@pytest.mark.parametrize(
    ("pages", "line"),
    [
        ([OWNER], "Source: Who we are"),
        ([HOURS], "Source: [Opening hours](https://example.org/hours)"),
        ([OWNER, HOURS], "Sources: Who we are, [Opening hours](https://example.org/hours)"),
        ([Page("A [b](c)\n*d*", "", "javascript:alert(1)")], "Source: A b (c) d"),
        ([Page("A", "", "https://example.org/a_(b)")], "Source: [A](https://example.org/a_%28b%29)"),
    ],
)
def test_source_line_names_titles_and_links_pages_with_an_address(pages: list[Page], line: str) -> None:
    assert source_line(pages) == line
