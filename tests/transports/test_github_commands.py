from __future__ import annotations

import time

import pytest

from transports.github.commands import COMMANDS, Command, read_command


def approve(arguments: str = "1", *, addressed: bool = False) -> Command:
    return Command("approve", arguments, addressed)


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/approve 1", approve()),
        ("/APPROVE 1", approve()),
        ("/approve", approve("")),
        ("/approve\r\n", approve("")),
        ("   /approve   1  \r\nbecause", approve()),
        ("\r\n\n/approve 1", approve()),
        ("/approve\t1", approve()),
        ("/deny 2 not before Friday", Command("deny", "2 not before Friday", False)),
        ("/approve all `now`", approve("all `now`")),
        ("@helper /approve 1", approve(addressed=True)),
        ("@Helper[bot], /approve 1", approve(addressed=True)),
        ("@helper: /approve 1", approve(addressed=True)),
        ("@helper      /approve 1", approve(addressed=True)),
        ("@helper\n/approve 1", approve(addressed=True)),
        ("@helper\r\n\r\n  /approve 1", approve(addressed=True)),
        ("@helper /todo add milk\nand bread", Command("todo", "add milk", True)),
    ],
)
def test_command_is_read_with_the_rest_of_its_line(body: str, command: Command) -> None:
    assert read_command("helper", body) == command


@pytest.mark.parametrize(
    "body",
    [
        "", "/", "/ approve 1", "approve 1", "/approve1", "/approve_1", "/approved 1", "/approve, please", "/approve/1",
        "/approve\u200b 1", "//approve 1", "\\/approve 1", "I would /approve 1", "yes\n/approve 1", "- /approve 1",
        "> /approve 1", "> quoted\n\n/approve 1", "`/approve 1`", "```\n/approve 1\n```", "    /approve 1", "\t/approve 1",
        "\n\n    /approve 1", "<!-- x -->/approve 1", "<pre>/approve 1</pre>", "@anna /approve 1", "@helper-evil /approve 1",
        "@helper/approve 1", "@helper\n\n    /approve 1", "@helper\n> /approve 1", "@helper `/approve 1`",
        "@helper please /approve 1", "@helper @anna /approve 1",
    ],
)  # fmt: skip
def test_what_is_no_command_stays_text(body: str) -> None:
    assert read_command("helper", body) is None


@pytest.mark.parametrize("name", sorted(COMMANDS - {"approve", "deny"}))
def test_all_others_need_the_mention(name: str) -> None:
    assert read_command("helper", f"/{name}") is None
    assert read_command("helper", f"@helper /{name}") == Command(name, "", True)


@pytest.mark.parametrize("word", ["etc", "assign", "lgtm", "retest", "usr/bin"])
def test_other_words_after_a_slash_are_text(word: str) -> None:
    assert read_command("helper", f"@helper /{word} x") is None


def test_bot_of_unknown_name_can_still_be_told_a_decision() -> None:
    assert read_command("", "/approve 1") == approve()
    assert read_command("", "@ /approve 1") is None


@pytest.mark.parametrize("piece", ["\n", " ", "\r\n", " \n", "@helper ", "@helper\n", "\t", "/a"])
def test_hostile_comment_takes_no_unbounded_time(piece: str) -> None:
    started = time.process_time()
    read_command("helper", piece * 60_000)
    read_command("helper", "@helper" + piece * 60_000)
    assert time.process_time() - started < 2
