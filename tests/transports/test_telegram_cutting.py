from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.telegram_text import check_text
from transports.base import Part
from transports.telegram.cutting import ENTITIES_LIMIT, NOTHING, UNITS_LIMIT, utf16_length
from transports.telegram.markdown import render_markdown


def accepted(parts: list[Part]) -> bool:
    """Whether Telegram takes every part as it is; raises what Telegram would answer."""
    for part in parts:
        check_text({"text": part.text, "entities": list(part.formatting)})
    return bool(parts)


def test_cut_prefers_a_paragraph() -> None:
    markdown = f"{'a ' * 1500}\n\n{'b ' * 1500}"
    assert [set(part.text) for part in render_markdown(markdown)] == [{"a", " "}, {"b", " "}]


def test_cut_prefers_a_line_to_a_word() -> None:
    markdown = f"{'a ' * 1500}\n{'b ' * 1500}"
    assert [set(part.text) for part in render_markdown(markdown)] == [{"a", " "}, {"b", " "}]


def test_cut_prefers_a_word_to_a_letter() -> None:
    assert all(set(part.text.split()) == {"word"} for part in render_markdown("word " * 2000))


def test_word_without_end_is_cut_at_the_limit() -> None:
    assert [len(part.text) for part in render_markdown("x" * 9000)] == [4096, 4096, 808]


def test_cut_never_divides_a_surrogate_pair() -> None:
    parts = render_markdown("x" + "😀" * 5000)
    assert [utf16_length(part.text) for part in parts] == [4095, 4096, 1810]
    assert accepted(parts)


def test_early_paragraph_does_not_waste_a_message() -> None:
    parts = render_markdown("short\n\n" + "word " * 1200)
    assert len(parts) == 2
    assert len(parts[0].text) > UNITS_LIMIT - 10


def test_code_goes_on_as_code_in_its_language() -> None:
    parts = render_markdown("```python\n" + "x = 1\n" * 1500 + "```")
    assert len(parts) == 3
    for part in parts:
        assert part.formatting == ({"type": "pre", "offset": 0, "length": len(part.text), "language": "python"},)


def test_code_keeps_its_indentation_after_a_cut() -> None:
    parts = render_markdown("```\n" + "    indented\n" * 700 + "```")
    assert all(part.text.startswith("    indented") for part in parts)


def test_link_goes_on_after_a_cut() -> None:
    parts = render_markdown(f"[{'word ' * 1000}](https://example.org)")
    assert [part.formatting[0]["url"] for part in parts] == ["https://example.org"] * 2


def test_nested_styles_go_on_after_a_cut() -> None:
    parts = render_markdown("> **" + "word " * 1000 + "end**")
    assert [[entity["type"] for entity in part.formatting] for part in parts] == [["blockquote", "bold"]] * 2


def test_too_many_entities_make_more_messages() -> None:
    parts = render_markdown("**word** " * 250)
    assert [len(part.formatting) for part in parts] == [100, 100, 50]
    assert "".join(part.text + " " for part in parts) == "word " * 250


def test_exactly_as_many_entities_as_allowed_make_one_message() -> None:
    assert [len(part.formatting) for part in render_markdown("**word** " * ENTITIES_LIMIT)] == [100]


@pytest.mark.parametrize("markdown", ["", " \n ", "\u200b", "**", "\x01", "```\n\n```"])
def test_answer_without_text_says_so(markdown: str) -> None:
    assert render_markdown(markdown)[0].text in (NOTHING, "**")


def test_stretch_without_anything_to_see_makes_no_message() -> None:
    parts = render_markdown("a\n```\n" + "\n" * 9000 + "b\n```")
    assert [part.text.strip() for part in parts] == ["a", "b"]


WORDS = st.integers(0, 9999).map(lambda number: f"w{number}")
INLINE = """{} **{}** *{}* ~~{}~~ `{}` **a{}*{}*`b`** [{}](http://x.org) ![{}](http://x.org) <{}> &lt;{}
\\*{} **{} [{}](javascript:x) 😀{} {}\u200b [{}]:x _{}__ |{}| [](http://{}.org)"""
BLOCKS = """{}  # {}  - {}  1. {}  > {}  > - {}  ```\n{}\n```  ```py\n{}  \t{}  {}\n---  ***  <div>{}  <!-- {} -->
  - - {}  >>> {}  {}\\  ~~~\n{}\n~~~  {} {}  |{}|{}|\n|-|-|\n|{}|{}|{}|"""


@st.composite
def documents(draw: st.DrawFn) -> str:
    def fill(pattern: str, what: st.SearchStrategy[str]) -> str:
        return re.sub(r"\{\}", lambda _: draw(what), pattern)

    inline = st.builds(lambda pattern: fill(pattern, WORDS), st.sampled_from(INLINE.split()))
    blocks = st.builds(lambda pattern: fill(pattern, inline), st.sampled_from(BLOCKS.split("  ")))
    pieces = draw(st.lists(blocks, max_size=15))
    return "".join(piece + draw(st.sampled_from(["\n", "\n\n"])) for piece in pieces)


@settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.sampled_from([1, 20]))
def test_every_word_arrives_in_order_and_is_accepted(document: str, times: int) -> None:
    document *= times
    parts = render_markdown(document)
    assert re.findall(r"w\d+", " ".join(part.text for part in parts)) == re.findall(r"w\d+", document)
    assert accepted(parts)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.text(alphabet="ab *_~`[]()<>!#-+.|\\\n\t:/&;>1\u200b\ud800😀é", max_size=200))
def test_letters_of_any_text_arrive_and_are_accepted(document: str) -> None:
    parts = render_markdown(document)
    assert accepted(parts)
    if parts[0].text != NOTHING:
        seen = "".join(part.text for part in parts) + "".join(
            str(entity.get("url", "")) + str(entity.get("language", "")) for part in parts for entity in part.formatting
        )
        assert sorted(letters(seen)) == sorted(letters(document))


def letters(text: str) -> list[str]:
    return re.findall("[abé😀]", text)
