from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transports.base import ConversationKind, InboundUpdate, Kind
from transports.clean import clean_text
from transports.errors import Unreadable
from transports.telegram.addressing import Me
from transports.telegram.parsing import parse_update
from transports.testing import storable

PAYLOADS = Path(__file__).parent.parent / "payloads" / "telegram"
ME = Me(id="123456", username="helpful_bot")
GROUP = "-1001234567890"


def parse(name: str) -> InboundUpdate:
    return parse_update((PAYLOADS / f"{name}.json").read_bytes(), ME)


def parse_message(**fields: Any) -> InboundUpdate:
    message = {"message_id": 1, "from": {"id": 77}, "chat": {"id": 77, "type": "private"}, "text": "hi"} | fields
    return parse_update(json.dumps({"update_id": 5, "message": message}).encode(), ME)


@pytest.mark.parametrize(
    ("name", "key", "text"),
    [
        ("message__private_text", "77", "Hello, who are you?"),
        ("message__private_text_with_link", "77", "Read https://example.org now"),
        ("message__private_topic", "77:31", "In a topic of our own chat"),
        ("message__private_path", "77", "/etc/passwd is a file"),
        ("message__photo_with_caption", "77", "What is this?"),
        ("message__right_to_left", "77", "שלום \u202eabc\u202c \u200bעולם"),
        ("message__group_mention", GROUP, "what is the time?"),
        ("message__group_mention_within", GROUP, "What do you think, @Helpful_Bot?"),
        ("message__group_mention_after_emoji", GROUP, "👩‍💻😀 @helpful_bot hello"),
        ("message__group_mention_alone", GROUP, "@helpful_bot"),
        ("message__group_text_mention", GROUP, "what is the time?"),
        ("message__group_photo_with_caption_mention", GROUP, "what is this?"),
        ("message__public_group_mention", GROUP, "hello"),
        ("message__small_group_reply_to_bot", "-4567", "And tomorrow?"),
        ("message__group_reply_thread", GROUP, "And tomorrow?"),
        ("message__forum_topic_mention", f"{GROUP}:42", "summarise"),
        ("message__anonymous_admin", GROUP, "hello"),
        ("message__as_channel", GROUP, "hello"),
    ],
)
def test_message_for_the_bot_is_to_be_answered(name: str, key: str, text: str) -> None:
    update = parse(name)
    assert (update.kind, update.ignored) == (Kind.MESSAGE, "")
    assert update.conversation
    assert (update.conversation.key, update.text) == (key, text)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("message__group_not_addressed", "not addressed to the bot"),
        ("message__group_mention_lookalike", "not addressed to the bot"),
        ("message__group_mention_in_quote", "not addressed to the bot"),
        ("message__group_mention_in_code", "not addressed to the bot"),
        ("message__group_text_mention_of_another", "not addressed to the bot"),
        ("message__group_reply_to_another", "not addressed to the bot"),
        ("message__forum_topic_opened_by_bot", "not addressed to the bot"),
        ("message__command_group_to_another_bot", "addressed to another bot"),
        ("message__photo_without_caption", "photo without text"),
        ("message__sticker", "sticker without text"),
        ("message__voice", "voice without text"),
        ("message__new_member", "message without text"),
        ("message__migrate_from_group", "message without text"),
        ("message__from_bot", "from a bot"),
        ("message__automatic_forward", "channel post, forwarded by Telegram"),
        ("edited_message__group_not_addressed", "not addressed to the bot"),
        ("edited_message__command", "edited command"),
        ("my_chat_member__channel", "membership of a channel"),
        ("channel_post__text", "channel post"),
        ("edited_channel_post__text", "channel post"),
        ("inline_query__text", "kind of update not handled: inline_query"),
        ("message_reaction__emoji", "kind of update not handled: message_reaction"),
        ("future_kind__unknown", "kind of update not handled: future_kind"),
    ],
)
def test_everything_else_is_ignored_with_its_reason(name: str, reason: str) -> None:
    update = parse(name)
    assert (update.kind, update.ignored) == (Kind.OTHER, reason)


@pytest.mark.parametrize(
    ("name", "command", "arguments"),
    [
        ("message__command_start", "start", ""),
        ("message__command_start_with_payload", "start", "3q2-7wXk_bdQ9ZsV"),
        ("message__command_approve", "approve", "1"),
        ("message__command_group_approve", "approve", "1"),
        ("message__command_group_deny_bare", "deny", "2 not before Friday"),
        ("message__command_with_arguments", "remember", "milk\nand bread"),
        ("message__command_group_to_bot", "status", "now"),
        ("message__command_group_bare", "status", ""),
        ("message__command_after_mention", "status", ""),
    ],
)
def test_command_is_split_from_its_arguments(name: str, command: str, arguments: str) -> None:
    update = parse(name)
    assert (update.kind, update.command, update.text) == (Kind.COMMAND, command, arguments)


@pytest.mark.parametrize(
    ("name", "addressed"),
    [
        ("message__command_approve", True),
        ("message__command_group_approve", True),
        ("message__command_after_mention", True),
        ("message__command_group_deny_bare", False),
        ("message__command_group_bare", False),
        ("message__group_mention", True),
    ],
)
def test_only_a_bare_command_in_a_group_names_no_bot(name: str, addressed: bool) -> None:
    assert parse(name).addressed is addressed


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("my_chat_member__private_kicked", Kind.BLOCKED),
        ("my_chat_member__private_member", Kind.UNBLOCKED),
        ("my_chat_member__group_member", Kind.UNBLOCKED),
        ("my_chat_member__group_administrator", Kind.UNBLOCKED),
        ("my_chat_member__group_restricted", Kind.UNBLOCKED),
        ("my_chat_member__group_left", Kind.BLOCKED),
        ("my_chat_member__group_kicked", Kind.BLOCKED),
        ("my_chat_member__group_restricted_outside", Kind.BLOCKED),
    ],
)
def test_membership_blocks_and_unblocks(name: str, kind: Kind) -> None:
    assert parse(name).kind is kind


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("edited_message__private", "Hello, who are you really?"),
        ("edited_message__group_mention", "what is the date?"),
    ],
)
def test_edit_brings_the_new_text(name: str, text: str) -> None:
    update = parse(name)
    assert (update.kind, update.text) == (Kind.EDIT, text)


def test_edit_names_the_message_first_delivered() -> None:
    assert parse("edited_message__private").message_id == "50"


@pytest.mark.parametrize(
    ("name", "data", "key", "message_id"),
    [
        ("callback_query__with_data", "approve:17:Zm9v", "77", "5"),
        ("callback_query__topic", "deny:17", f"{GROUP}:42", "5"),
        ("callback_query__inaccessible_message", "deny:17", "77", "5"),
    ],
)
def test_pressed_button_brings_its_data(name: str, data: str, key: str, message_id: str) -> None:
    update = parse(name)
    assert update.author
    assert update.conversation
    assert (update.kind, update.ignored, update.author.id) == (Kind.CALLBACK, "", "77")
    assert (update.callback_data, update.conversation.key, update.message_id) == (data, key, message_id)


def test_button_in_a_group_says_who_pressed_it() -> None:
    update = parse("callback_query__group")
    assert update.author
    assert update.conversation
    assert (update.author.id, update.author.name, update.conversation.key) == ("78", "Charles Babbage", GROUP)
    assert update.callback_data == "approval:2:a:5d41402abc4b2a76b9719d91"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("callback_query__without_data", "a button without data"),
        ("callback_query__inline_message", "a button of an inline message"),
    ],
)
def test_button_that_says_nothing_is_ignored_and_can_still_be_answered(name: str, reason: str) -> None:
    update = parse(name)
    assert (update.kind, update.ignored, update.callback_id) == (Kind.CALLBACK, reason, "4382bfdwdsb323b2d9")


def test_migration_names_both_chats() -> None:
    update = parse("message__migrate_to_supergroup")
    assert update.conversation
    assert (update.kind, update.conversation.key, update.migrate_to) == (Kind.MIGRATED, "-4567", GROUP)


@pytest.mark.parametrize(
    ("name", "author", "shown"),
    [
        ("message__private_text", "77", "Ada Lovelace"),
        ("message__anonymous_admin", GROUP, "Analytical engineers"),
        ("message__as_channel", "-1009876543210", "News"),
    ],
)
def test_author_is_the_person_or_the_chat_written_as(name: str, author: str, shown: str) -> None:
    update = parse(name)
    assert update.author
    assert (update.author.id, update.author.name, update.author.is_bot) == (author, shown, False)


@pytest.mark.parametrize(
    ("name", "kind", "public", "title"),
    [
        ("message__private_text", ConversationKind.PRIVATE, False, "Ada Lovelace"),
        ("message__group_mention", ConversationKind.GROUP, False, "Analytical engineers"),
        ("message__small_group_reply_to_bot", ConversationKind.GROUP, False, "Engineers"),
        ("message__public_group_mention", ConversationKind.GROUP, True, "Analytical engineers"),
    ],
)
def test_conversation_says_who_can_read_it(name: str, kind: ConversationKind, public: bool, title: str) -> None:
    conversation = parse(name).conversation
    assert conversation
    assert (conversation.kind, conversation.is_public, conversation.title) == (kind, public, title)


def test_address_reaches_the_topic() -> None:
    conversation = parse("message__forum_topic_mention").conversation
    assert conversation
    assert conversation.address == {"chat_id": int(GROUP), "thread_id": 42}


def test_update_id_is_the_external_id() -> None:
    assert parse("message__private_text").external_id == "870000001"


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_every_payload_can_be_stored(path: Path) -> None:
    assert storable(parse(path.stem))


# -- hostile updates


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": "7", "message": {}},
        {"update_id": 2**63, "message": {}},
        {"update_id": True, "message": {}},
        {"update_id": 7, "message": None},
        {"update_id": 7, "message": []},
        {"update_id": 7, "message": {}},
        {"update_id": 7, "message": {"chat": {"id": 2**70}, "from": {"id": 1}, "message_id": 1}},
        {"update_id": 7, "callback_query": {"id": "1"}},
        {"update_id": 7, "my_chat_member": {"chat": {}}},
    ],
    ids=str,
)
def test_undocumented_shape_is_unreadable(update: Any) -> None:
    with pytest.raises(Unreadable):
        parse_update(json.dumps(update).encode(), ME)


@pytest.mark.parametrize(
    "body", [b'{"update_id": 7, "message": 5}', b'{"update_id" : 7, "message": NaN}', b'{"update_id":7,']
)
def test_unreadable_update_still_tells_its_id(body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        parse_update(body, ME)
    assert caught.value.external_id == "7"


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "mention", "offset": -1, "length": 13},
        {"type": "mention", "offset": 0, "length": -5},
        {"type": "mention", "offset": 0, "length": 2**62},
        {"type": "mention", "offset": 10**6, "length": 5},
        {"type": "mention", "offset": True, "length": True},
        {"type": "mention"},
        {"type": ["mention"], "offset": 0, "length": 12},
        {"type": "text_mention", "offset": 0, "length": 3, "user": "123456"},
        "mention",
        None,
    ],
    ids=str,
)
def test_nonsense_entity_is_no_mention(entity: Any) -> None:
    group = {"id": -5, "type": "group"}
    assert parse_message(chat=group, text="@helpful_bot hi", entities=[entity]).ignored == "not addressed to the bot"


def test_nonsense_entity_spoils_no_real_mention() -> None:
    entities = [{"type": "mention", "offset": 0, "length": 12}, {"type": ["code"], "offset": 0, "length": 12}]
    assert parse_message(chat={"id": -5, "type": "group"}, text="@helpful_bot hi", entities=entities).text == "hi"


def test_mention_may_end_within_a_surrogate_pair() -> None:
    mention = {"type": "text_mention", "offset": 0, "length": 3, "user": {"id": 123456}}
    assert parse_message(text="ab😀cd", entities=[mention]).text == "cd"


def test_text_without_entity_is_no_mention() -> None:
    assert parse_message(chat={"id": -5, "type": "group"}, text="@helpful_bot hi").ignored


def test_bot_without_a_name_is_never_mentioned() -> None:
    body = (PAYLOADS / "message__group_mention.json").read_bytes()
    assert parse_update(body, Me(id="123456", username="")).ignored == "not addressed to the bot"


def test_long_names_are_cut_and_cleaned() -> None:
    author = parse_message(**{"from": {"id": 77, "first_name": "a\x00" * 500}}).author
    assert author
    assert author.name == clean_text("a\x00" * 500)[:255]


def test_very_large_unknown_kind_is_cut() -> None:
    update = parse_update(json.dumps({"update_id": 1, "x" * 1000: {}}).encode(), ME)
    assert len(update.ignored) < 100


@pytest.mark.parametrize("field", ["forward_origin", "forward_date", "via_bot"])
@pytest.mark.parametrize("text", ["yes", "/approve 1"])
def test_what_somebody_passes_on_is_a_message_and_not_his_own_words(text: str, field: str) -> None:
    update = parse_message(text=text, **{field: {"id": 9}})
    assert (update.kind, update.text, update.own_words) == (Kind.MESSAGE, text, False)


@pytest.mark.parametrize("kind", ["blockquote", "code", "pre", "strikethrough"])
@pytest.mark.parametrize("text", ["yes", "/approve 1"])
def test_words_that_are_quoted_or_struck_out_are_not_said(text: str, kind: str) -> None:
    update = parse_message(text=text, entities=[{"type": kind, "offset": 0, "length": len(text)}])
    assert (update.kind, update.own_words) == (Kind.MESSAGE, False)


def test_what_follows_a_command_may_be_code() -> None:
    update = parse_message(text="/todo fix main.py", entities=[{"type": "code", "offset": 10, "length": 7}])
    assert (update.kind, update.command) == (Kind.COMMAND, "todo")
    assert parse_message(text="yes", entities=[{"type": "bold", "offset": 0, "length": 3}]).own_words
