from __future__ import annotations

from html import unescape

import pytest
from markdown_it import MarkdownIt

from transports.base import Part
from transports.github.footer import with_footer
from transports.github.markdown import PART_LIMIT


def shown(markdown: str) -> str:
    """As a page shows it: HTML is let through, as GitHub does."""
    return MarkdownIt("commonmark", {"html": True}).render(markdown)


def test_footer_is_folded_below_the_answer() -> None:
    [part] = with_footer([Part("Hello")], "simple-agent, 2 s", "model small\ntokens 12")
    assert part.text == (
        "Hello\n\n<details><summary>simple-agent, 2 s</summary>\n\n<pre>\nmodel small\ntokens 12\n</pre>\n\n</details>"
    )


@pytest.mark.parametrize("answer", ["Hello", "- one\n- two", "> quoted", "```\ncode\n```", "| a |\n|---|\n| b |"])
def test_footer_is_no_part_of_what_stands_above(answer: str) -> None:
    [part] = with_footer([Part(answer)], "Title", "text")
    html = shown(part.text)
    assert html.endswith("<details><summary>Title</summary>\n<pre>\ntext\n</pre>\n</details>")


@pytest.mark.parametrize(
    "text",
    [
        "**bold** @helper #12 :tada: ![x](https://x.example/y.png)",
        "one\n\ntwo\n\n    three\n\n- four",
        "</pre></details><script>alert(1)</script>\n\n<img src=x>",
        "```\nx\n```\n~~~",
        "<!-- botplatform:abc -->",
        "a & b &lt; c",
    ],
)
def test_nothing_in_it_is_read_as_markdown_or_html(text: str) -> None:
    [part] = with_footer([Part("Hello")], "Title", text)
    html = shown(part.text)
    inside = html.partition("<pre>\n")[2].partition("\n</pre>")[0]
    assert unescape(inside) == text
    assert "<" not in inside


def test_title_is_text_in_one_line() -> None:
    [part] = with_footer([], "<b>Title</b>\n\n</summary>", "text")
    assert part.text.startswith("<details><summary>&lt;b&gt;Title&lt;/b&gt; &lt;/summary&gt;</summary>\n")


def test_comment_without_room_is_followed_by_one_of_its_own() -> None:
    answer = Part("x" * (PART_LIMIT - 20))
    first, second = with_footer([answer], "Title", "text")
    assert (first, second.text.startswith("<details>")) == (answer, True)


def test_text_that_grows_by_escaping_stays_within_the_limit() -> None:
    parts = with_footer([Part("Hello")], "&" * 1000, "&" * 200_000)
    assert all(len(part.text) <= PART_LIMIT for part in parts)
    assert sum(part.text.count("&amp;") for part in parts) >= 200_000
