from __future__ import annotations

import pytest

from agents.text import cut_end, cut_middle, storable, strip_invisible, untrusted


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0068", "\u00ad", "\x00", "\x1b", "\ud800"]
)
def test_invisible_character_is_stripped(hidden: str) -> None:
    assert strip_invisible(f"a{hidden}b") == "ab"


@pytest.mark.parametrize("visible", ["a\tb\nc", "naïve Ελληνικά 日本語", "👍🏽 ❤️", "שלום"])
def test_visible_text_stays(visible: str) -> None:
    assert strip_invisible(visible) == visible


def test_line_ends_become_newlines() -> None:
    assert strip_invisible("a\r\nb\rc") == "a\nb\nc"


def test_source_cannot_break_out_of_its_attribute() -> None:
    assert untrusted("x", source='a"><b').startswith('<untrusted source="ab">')


def test_storable_reaches_into_structures() -> None:
    assert storable({"a\x00": ["b\x00", {"c": "\udfff"}], "n": 1}) == {"a": ["b", {"c": "?"}], "n": 1}


def test_short_text_is_not_cut() -> None:
    assert (cut_middle("abc", 3), cut_end("abc", 3)) == ("abc", "abc")


def test_cut_end_tells_how_much_is_missing() -> None:
    assert cut_end("abcdef", 2) == "ab\n[… 4 more characters were left out]"
