from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from transports.base import Part
from transports.telegram.markdown import render_markdown


def one(markdown: str) -> Part:
    (part,) = render_markdown(markdown)
    return part


def covered(part: Part) -> list[tuple[Any, ...]]:
    """Type and text of each entity, with its URL or language if it has one."""
    units = part.text.encode("utf-16-le")
    found = []
    for entity in part.formatting:
        start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        more = [entity[name] for name in ("url", "language") if name in entity]
        found.append((entity["type"], units[start:end].decode("utf-16-le"), *more))
    return found


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("plain", "plain", []),
        ("**b**", "b", [("bold", "b")]),
        ("*i* _j_", "i j", [("italic", "i"), ("italic", "j")]),
        ("~~s~~", "s", [("strikethrough", "s")]),
        ("`c*d*`", "c*d*", [("code", "c*d*")]),
        ("**a *b* c**", "a b c", [("bold", "a b c"), ("italic", "b")]),
        ("**a `b` c**", "a b c", [("bold", "a "), ("code", "b"), ("bold", " c")]),
        ("# Big\ntext", "Big\n\ntext", [("bold", "Big")]),
        ("Big\n===", "Big", [("bold", "Big")]),
        ("a  \nb\\\nc\nd", "a\nb\nc\nd", []),
        ("a\n\n\n\nb", "a\n\nb", []),
        ("a\n\n---\n\nb", "a\n\n———\n\nb", []),
        (r"\*not\* &lt;b&gt;", "*not* <b>", []),
        ("snake_case_name 2*3*4", "snake_case_name 234", [("italic", "3")]),
    ],
)
def test_inline_markup(markdown: str, text: str, entities: list[Any]) -> None:
    part = one(markdown)
    assert (part.text, covered(part)) == (text, entities)


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("```python\nx = 1\n\ny\n```", "x = 1\n\ny", [("pre", "x = 1\n\ny", "python")]),
        ("```\nx\n```", "x", [("pre", "x")]),
        ("~~~c++\nx", "x", [("pre", "x", "c++")]),
        ("    x\n      y", "x\n  y", [("pre", "x\n  y")]),
        ("```js title=a.js\nx\n```", "title=a.js\nx", [("pre", "x", "js")]),
        ("```{.weird}\nx\n```", "{.weird}\nx", [("pre", "x")]),
        ("```python\n```", "python", []),
        ("a\n```\nx\n```\n```\ny\n```", "a\n\nx\n\ny", [("pre", "x"), ("pre", "y")]),
    ],
)
def test_code_blocks(markdown: str, text: str, entities: list[Any]) -> None:
    part = one(markdown)
    assert (part.text, covered(part)) == (text, entities)


@pytest.mark.parametrize(
    ("markdown", "text", "urls"),
    [
        ("[a](https://x.org/p?q=1)", "a", ["https://x.org/p?q=1"]),
        ("[a](HTTP://x.org)", "a", ["HTTP://x.org"]),
        ("[a](tg://user?id=5)", "a", ["tg://user?id=5"]),
        ("[`a`](http://x.org)", "a", ["http://x.org"]),
        ('[a](http://x.org "T")', "a (T)", ["http://x.org"]),
        ("[a](<http://x.org/a b>)", "a", ["http://x.org/a%20b"]),
        ("[](http://x.org)", "http://x.org", []),
        ("<http://x.org/a_b_c>", "http://x.org/a_b_c", []),
        ("http://x.org/__init__.py?a=1&copy;b", "http://x.org/__init__.py?a=1&copy;b", []),
        ("[a](mailto:b@x.org)", "a (b@x.org)", []),
        ("<b@x.org>", "b@x.org", []),
        ("[a](/relative)", "a (/relative)", []),
        ("[a](ftp://x.org)", "a (ftp://x.org)", []),
        ("[a](http://localhost:8000/x)", "a (http://localhost:8000/x)", []),
        ("[a](http://[bad)", "a (http://[bad)", []),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))", []),
        ("[a](data:text/html,x)", "[a](data:text/html,x)", []),
        ("![alt](http://x.org/i.png)", "alt (http://x.org/i.png)", []),
        ('![](http://x.org/i.png "T")', "http://x.org/i.png (T)", []),
        ("[r]: http://x.org 'T'\n\n[r]", "[r]: http://x.org 'T'\n\n[r]", []),
    ],
)
def test_links(markdown: str, text: str, urls: list[str]) -> None:
    part = one(markdown)
    found = [entity["url"] for entity in part.formatting if entity["type"] == "text_link"]
    assert (part.text, found) == (text, urls)


def test_emphasis_around_a_bare_address_ends_before_its_stars() -> None:
    assert covered(one("**see http://x.org/a**")) == [("bold", "see http://x.org/a")]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("- a\n- b", "• a\n• b"),
        ("- a\n\n- b", "• a\n\n• b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("1) a\n1) b\n1) c", "1) a\n2) b\n3) c"),
        ("1. a\n5. b", "1. a\n5. b"),
        ("- a\n  - b\n    1. c\n- d", "• a\n  • b\n    1. c\n• d"),
        ("- a\n\n  second\n  line", "• a\n\n  second\n  line"),
        ("-\n- b", "•\n• b"),
        ("text\n- a\n\nafter", "text\n\n• a\n\nafter"),
        ("- a\n\n      code\n- b", "• a\n\ncode\n\n• b"),
        ("- [ ] todo\n- [x] done", "• [ ] todo\n• [x] done"),
    ],
)
def test_lists(markdown: str, text: str) -> None:
    assert "\n".join(line.rstrip() for line in one(markdown).text.split("\n")) == text


def test_quotation_is_one_entity_over_its_paragraphs() -> None:
    assert covered(one("> a **b**\n>\n> c\n\nafter")) == [("blockquote", "a b\n\nc"), ("bold", "b")]


def test_quotations_that_follow_each_other_stay_apart() -> None:
    assert covered(one("> a\n\n> b")) == [("blockquote", "a"), ("blockquote", "b")]


def test_quotation_within_a_quotation_is_one() -> None:
    assert covered(one("> a\n> > b")) == [("blockquote", "a\n\nb")]


def test_table_is_aligned_and_monospaced() -> None:
    part = one("| name | n |\n|---|--:|\n| *a* | 10 |\n| 漢字 | `2` |")
    assert part.text == "name | n\n-----+---\na    | 10\n漢字 | 2"
    assert [entity["type"] for entity in part.formatting] == ["pre"]


def test_table_keeps_cells_beyond_its_header() -> None:
    assert "| extra" in one("| a | b |\n|---|---|\n| 1 | 2 | extra |").text


def test_table_keeps_addresses_visible() -> None:
    assert "l (http://x.org)" in one("| a |\n|---|\n| [l](http://x.org) |").text


def test_table_within_a_quotation_keeps_its_rows() -> None:
    assert one("> | a | b |\n> |---|---|\n> | 1 | 2 | 3 |").text == "a | b\n--+---+--\n1 | 2 | 3"


@pytest.mark.parametrize(
    "html", ["<b>x</b>", "<!-- note -->", "<div>\n<p>x</p>\n</div>", "Vec<String>", "<script>x</script>"]
)
def test_html_is_shown_as_written(html: str) -> None:
    assert one(f"{html}").text == html


def test_offsets_are_utf16_units() -> None:
    assert one("😀😀 **b**").formatting == ({"type": "bold", "offset": 5, "length": 1},)


@pytest.mark.parametrize(
    "markdown", ["> " * 200 + "deep", "- " * 200 + "deep", "[" * 3000 + "deep", "*a " * 3000 + "deep"]
)
def test_nesting_loses_nothing(markdown: str) -> None:
    assert "deep" in "".join(part.text for part in render_markdown(markdown))


def test_what_cannot_be_stored_is_removed() -> None:
    assert one("a\x00b\ud83dc").text == "abc"


@pytest.mark.parametrize(
    "markdown", ["**a** `b`", "[l](http://x.org)", "> a\n> ```\n> b\n> ```", "# a `b` *c*\n- **d**"]
)
def test_entities_are_sorted_and_never_around_code(markdown: str) -> None:
    entities = one(markdown).formatting
    assert all(first["offset"] <= second["offset"] for first, second in pairwise(entities))
    for code in (entity for entity in entities if entity["type"] in ("code", "pre")):
        inside = [other for other in entities if other is not code and _overlap(code, other)]
        assert all(other["type"] == "blockquote" for other in inside)


def _overlap(one: Any, other: Any) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])
