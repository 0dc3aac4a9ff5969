from __future__ import annotations

import time

import pytest

from transports.github.mentions import is_mentioned, running_text, without_leading_mention

MENTIONS = [
    "@helper", "@HELPER", "hi @helper", "@helper, look", "@helper: look", "@helper.", "(@helper)", "@helper's view",
    "日時計@helper見て", "**@helper** look", "- @helper", "# @helper", "| a |\n|---|\n| @helper |", "@helper[bot] look",
    "@helper\nlook", "`code` @helper", "> quoted\n@helper look", "> quoted\n\n@helper look", "```\ncode\n```\n@helper",
    "<details>\n@helper\n</details>", "<b>@helper</b>", "&lt;code> @helper", "<code>x</code> @helper",
    "cc @a @helper @b", "<code> never closed\n\n@helper", "@helper...", "\\@helper",
]  # fmt: skip
NO_MENTIONS = [
    "", "helper", "@", "@helper-evil", "@helper_evil", "@helper2", "x@helper", "anna@helper.org", "@helper.org",
    "@helper/team", "@helpe", "@helper-", "`@helper`", "``a ` @helper``", "```\n@helper\n```", "~~~py\n@helper\n~~~",
    "```\n@helper", "    @helper", "- a\n\n      @helper", "> @helper", "> > @helper", "- > @helper", "> a\n> @helper",
    ">@helper", "<!-- @helper -->", "a <!-- @helper --> b", "<!--\n\n@helper\n\n-->", "<!-- @helper",
    "<code>@helper</code>",
    "<pre>\n@helper\n</pre>", "<blockquote>@helper</blockquote>", "[@helper](https://example.org)",
    "https://example.org/@helper", "www.example.org/?by=@helper", "<https://example.org/@helper>",
    "<![CDATA[ @helper ]]>", '<b title="@helper">x</b>', "![@helper](x.png)",
]  # fmt: skip


@pytest.mark.parametrize("text", MENTIONS, ids=repr)
def test_mention_is_found(text: str) -> None:
    assert is_mentioned("helper", text)


@pytest.mark.parametrize("text", NO_MENTIONS, ids=repr)
def test_what_is_no_mention_is_not_found(text: str) -> None:
    assert not is_mentioned("helper", text)


def test_nobody_is_mentioned_while_the_login_is_unknown() -> None:
    assert not is_mentioned("", "@ @helper")


def test_login_is_no_pattern() -> None:
    assert not is_mentioned("help.r", "@helper")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@helper look", "look"),
        ("@Helper, look", "look"),
        ("@helper:\r\n\r\nlook", "look"),
        ("\n @helper[bot] look", "look"),
        ("look @helper", "look @helper"),
        ("@helper", "@helper"),
        ("@helper-evil look", "@helper-evil look"),
        ("    @helper\n\nlook @helper", "    @helper\n\nlook @helper"),
        ("@helper     indented", "indented"),
    ],
)
def test_address_in_front_is_taken_off(text: str, left: str) -> None:
    assert without_leading_mention("helper", text) == left


def test_words_around_code_do_not_grow_together() -> None:
    assert "xy" not in running_text("x`code`y")


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        ">",
        "`a",
        "*a_",
        "- ",
        "![[]()",
        "<a",
        "http://a",
        "www.",
        "a@",
        "<!--",
        "<![CDATA[",
        "<?",
        "&#x",
        "~~a",
        "> a\nb\n",
    ],
)
def test_hostile_comment_takes_no_unbounded_time(piece: str) -> None:
    text = piece * (60_000 // len(piece)) + "\n\n@helper"
    started = time.process_time()
    is_mentioned("helper", text)
    assert time.process_time() - started < 5
