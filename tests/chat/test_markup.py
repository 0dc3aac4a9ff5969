from __future__ import annotations

import re

import pytest

from botplatform.chatting.markup import to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/admin/logout/)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    '[x](https://a.example/"onmouseover="alert(1))',
    '```"><script>alert(1)</script>\n```',
    "| a |\n|---|\n| <b onclick=x>b</b> |",
    "[a]: javascript:alert(1)\n\n[a]",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[" * 2000 + "<script>" + "]" * 2000,
    ">" * 500 + "<script>alert(1)</script>",
]
_TAG = re.compile(r"<(/?)([a-z0-9]+)((?:\s[a-z]+=\"[^\"<>]*\")*)\s*/?>")
_TAGS = {"p", "a", "blockquote", "pre", "code", "div", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("markdown", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_hostile_becomes_markup(markdown: str) -> None:
    html = to_html(markdown)
    tags = list(_TAG.finditer(html))
    assert {tag[2] for tag in tags} <= _TAGS
    assert "<" not in _TAG.sub("", html)
    for attributes in (tag[3] for tag in tags):
        assert not re.search(r"\son[a-z]+=|javascript:|data:|vbscript:|href=\"/", attributes, re.IGNORECASE)


@pytest.mark.parametrize("address", ["https://example.org/a?b=c&d", "http://example.org", "mailto:a@example.org"])
def test_good_links_stay_and_open_elsewhere(address: str) -> None:
    html = to_html(f"[x]({address})")
    assert f'href="{address.replace("&", "&amp;")}"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_bare_addresses_become_links() -> None:
    assert '<a href="https://example.org/a"' in to_html("see https://example.org/a.")


def test_file_names_become_no_links() -> None:
    assert "<a" not in to_html("see readme.md and manage.py, or a@b.example")


def test_images_become_links() -> None:
    html = to_html("![a cat](https://example.org/cat.png)")
    assert "<img" not in html
    assert ">a cat</a>" in html


def test_too_deep_a_text_is_shown_as_written() -> None:
    assert to_html(">" * 200 + " deep").count("&gt;") == 200


def test_tables_can_scroll() -> None:
    assert to_html("| a |\n|---|\n| b |").startswith('<div class="table"><table>')


def test_line_breaks_are_kept() -> None:
    assert "one<br />" in to_html("one\ntwo")
