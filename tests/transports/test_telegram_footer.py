from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.telegram import FakeTelegram
from transports.base import Account, Button, Conversation, Part
from transports.http import Http
from transports.telegram import TelegramTransport
from transports.telegram.cutting import ENTITIES_LIMIT, UNITS_LIMIT, utf16_length
from transports.telegram.footer import with_footer

ROWS = ((Button("Yes", "y"),),)


def quoted(part: Part) -> str:
    """What the last entity of a part covers; offsets are UTF-16 units."""
    entity = part.formatting[-1]
    units = part.text.encode("utf-16-le")
    covered = units[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")
    return f"{entity['type']}: {covered}"


def test_footer_is_a_folded_quotation_below_the_answer() -> None:
    [part] = with_footer([Part("Hello")], "simple-agent, 2 s", "model small\ntokens 12")
    assert part.text == "Hello\n\nsimple-agent, 2 s\nmodel small\ntokens 12"
    assert quoted(part) == "expandable_blockquote: simple-agent, 2 s\nmodel small\ntokens 12"


def test_offsets_count_utf16_units() -> None:
    [part] = with_footer([Part("👩\u200d💻 done 😀")], "🧠 model", "größer 😀")
    assert quoted(part) == "expandable_blockquote: 🧠 model\ngrößer 😀"


def test_formatting_and_buttons_of_the_answer_stay() -> None:
    bold = {"type": "bold", "offset": 0, "length": 5}
    [part] = with_footer([Part("Hello", (bold,), ROWS)], "Title", "text")
    assert (part.formatting[0], part.buttons) == (bold, ROWS)


def test_only_the_last_message_has_it() -> None:
    first, last = with_footer([Part("one"), Part("two")], "Title", "text")
    assert (first, last.text) == (Part("one"), "two\n\nTitle\ntext")


@pytest.mark.parametrize(("room", "messages"), [(0, 1), (-1, 2)])
def test_message_without_room_is_followed_by_one_of_its_own(room: int, messages: int) -> None:
    answer = "😀" + "x" * (UNITS_LIMIT - len("😀 \n\nTitle\ntext") - room)
    parts = with_footer([Part(answer)], "Title", "text")
    assert len(parts) == messages
    assert parts[0].text.startswith(answer)
    assert quoted(parts[-1]) == "expandable_blockquote: Title\ntext"


def test_message_whose_entities_are_used_up_is_left_alone() -> None:
    full = Part("x" * 200, tuple({"type": "bold", "offset": 2 * n, "length": 1} for n in range(ENTITIES_LIMIT)))
    assert with_footer([full], "Title", "text")[0] == full


def test_long_footer_is_folded_in_every_message() -> None:
    parts = with_footer([Part("Hello")], "Title", "word " * 3000)
    assert len(parts) > 3
    assert all(quoted(part).startswith("expandable_blockquote: ") for part in parts[1:])
    assert all(utf16_length(part.text) <= UNITS_LIMIT for part in parts)


def test_nothing_in_it_is_read_as_markdown() -> None:
    [part] = with_footer([Part("Hello")], "**Title**", "`code` <b>x</b> [l](https://x.org)")
    assert part.text.endswith("**Title**\n`code` <b>x</b> [l](https://x.org)")
    assert len(part.formatting) == 1


@pytest.fixture
async def bot() -> AsyncIterator[tuple[TelegramTransport, FakeTelegram]]:
    http = Http()
    with FakeTelegram() as fake:
        yield TelegramTransport(Account("default", token="123456:AA", api_url=fake.url), http), fake
    await http.aclose()


async def test_telegram_takes_it(bot: tuple[TelegramTransport, FakeTelegram]) -> None:
    transport, fake = bot
    parts = transport.with_footer(transport.render("# Hi\n\n> 😀 *you*\n\n" + "word " * 1200), "Title", "text")
    for part in parts:
        await transport.send(Conversation("77"), part)
    assert fake.count("sendMessage") == len(fake.chat(77)) == len(parts)
