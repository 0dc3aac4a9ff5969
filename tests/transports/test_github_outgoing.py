from __future__ import annotations

import pytest

from transports.github.outgoing import presentable


def shown(markdown: str, mentions: int = 3) -> str:
    return presentable(markdown, mentions=mentions)


@pytest.mark.parametrize(
    "text", ["Thanks, @anna and @bert.", "`@a @b @c @d`", "```py\n@one\n@two\n@three\n@four\n```", "mail@example.org"]
)
def test_few_people_and_code_stay_as_they_are(text: str) -> None:
    assert shown(text) == text


def test_whoever_is_beyond_the_few_is_not_called() -> None:
    assert shown("@a @b @c @d @a @e") == "@a @b @c @&#8203;d @a @&#8203;e"


def test_teams_are_never_called() -> None:
    assert shown("See @meadow-labs/everybody and @anna.") == "See @&#8203;meadow-labs/everybody and @anna."


def test_code_between_mentions_stays() -> None:
    text = "@a\n\n```py\n@pytest.fixture\n```\n\n`@b` @c"
    assert shown(text, 0) == "@&#8203;a\n\n```py\n@pytest.fixture\n```\n\n`@b` @&#8203;c"


def test_mentions_inside_html_count() -> None:
    assert shown("<p>@a</p>\n\n@b", 1) == "<p>@a</p>\n\n@&#8203;b"


@pytest.mark.parametrize("text", ["`x\n\n@a @b`", '<b title="`">@a <b title="`">', "    not\n@a\n@b", "``@a` @b``` @c"])
def test_what_only_looks_like_code_is_silenced(text: str) -> None:
    assert shown(text, 0).count("@&#8203;") >= text.count("@") - text.count("    @")


def test_invisible_characters_hide_no_mention() -> None:
    assert "@&#8203;" in shown("@a @b @c \u200b@d")


def test_markers_are_not_posted() -> None:
    assert shown("Hello\n\n<!-- botplatform:review:abc -->") == "Hello"


def test_images_of_unknown_hosts_become_links() -> None:
    assert "![" not in shown("![x](https://evil.example/?q=secret)")
