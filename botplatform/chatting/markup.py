"""A model's Markdown as safe HTML: no HTML of its own, no images, links to http, https and mailto only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

MAX_NESTING = 60
"""markdown-it drops what is nested more deeply; such a text is shown as it was written."""
_LINK = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)


def _is_safe(url: str) -> bool:
    return _LINK.match(url) is not None


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, env)


def _image(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A link: loading a foreign image would tell its host who reads this."""
    address, name = str(tokens[index].attrs["src"]), tokens[index].content or "image"
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer nofollow">{escape(name)}</a>'


def _table_open(*_: Any) -> str:
    return '<div class="table"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>"


def _make() -> MarkdownIt:
    options: Any = {"html": False, "breaks": True, "linkify": True, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough", "linkify"]).disable("reference")
    if parser.linkify:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    vars(parser).update(validateLink=_is_safe)
    rules = {"link_open": _link_open, "image": _image, "table_open": _table_open, "table_close": _table_close}
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


_PARSER = _make()


@lru_cache(maxsize=512)
def to_html(markdown: str) -> str:
    """Never raises; what cannot be formatted is shown as written."""
    try:
        env: dict[str, Any] = {}
        tokens = _PARSER.parse(markdown, env)
        if all(token.level < MAX_NESTING - 2 for token in tokens):
            return str(_PARSER.renderer.render(tokens, _PARSER.options, env))
    except RecursionError:
        pass
    return f'<p class="plain">{escape(markdown)}</p>'
