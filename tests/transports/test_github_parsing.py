from __future__ import annotations

import json
from typing import Any

import pytest

from tests.transports.github_bot import BOT_ID, PAYLOADS, bot, delivered, headers, payload
from transports.base import Author, ConversationKind, Kind
from transports.errors import Unreadable
from transports.testing import storable

ANSWERED = {
    "issues__opened_with_mention": "issue:12",
    "issues__opened_in_private_repository": "issue:4",
    "issues__assigned_to_bot": "issue:12",
    "issue_comment__created_on_issue": "issue_comment:3551002117",
    "issue_comment__created_on_pull_request": "issue_comment:3551009001",
    "pull_request__opened_with_mention": "pull_request:13",
    "pull_request__assigned_to_bot": "pull_request:13",
    "pull_request__review_requested_from_bot": "pull_request:13",
    "pull_request__review_requested_on_bots_pull_request": "pull_request:13",
    "pull_request__synchronize": "pull_request:13",
    "pull_request_review__submitted_with_mention": "pull_request_review:2301448890",
    "pull_request_review_comment__created_with_mention": "pull_request_review_comment:1876650032",
}
IGNORED = {
    "issues__opened_without_mention": "the bot is not mentioned",
    "issues__opened_with_empty_body": "the bot is not mentioned",
    "issues__assigned_to_somebody_else": "assigned: somebody else",
    "issues__assigned_to_lookalike": "assigned: somebody else",
    "issues__closed": "event issues, action closed",
    "issue_comment__created_without_mention": "the bot is not mentioned",
    "issue_comment__created_in_code_fence": "the bot is not mentioned",
    "issue_comment__created_in_inline_code": "the bot is not mentioned",
    "issue_comment__created_in_quote": "the bot is not mentioned",
    "issue_comment__created_in_html_comment": "the bot is not mentioned",
    "issue_comment__created_for_lookalike": "the bot is not mentioned",
    "issue_comment__created_by_bot": "by a bot",
    "issue_comment__created_by_ourselves": "by this bot itself",
    "issue_comment__created_by_app_for_user": "by an app on somebody's behalf",
    "issue_comment__edited_without_mention": "the bot is not mentioned",
    "issue_comment__deleted": "event issue_comment, action deleted",
    "issue_comment__created_approve_in_quote": "the bot is not mentioned",
    "issue_comment__created_approve_in_code": "the bot is not mentioned",
    "issue_comment__created_command_of_another_bot": "the bot is not mentioned",
    "issue_comment__created_approve_by_bot": "by a bot",
    "issue_comment__created_approve_by_ourselves": "by this bot itself",
    "issue_comment__edited_approve": "edited command",
    "pull_request__review_requested_from_somebody_else": "review_requested: somebody else",
    "pull_request__review_requested_from_team": "review_requested: somebody else",
    "check_run__completed": "checks changed",
    "check_run__created": "event check_run, action created",
    "check_suite__completed": "checks changed",
    "status__success": "checks changed",
    "status__pending": "event status",
    "workflow_run__completed": "checks changed",
    "pull_request_review__submitted_without_body": "the bot is not mentioned",
    "ping__repository_hook": "ping",
    "push__branch": "event push",
    "repository_teapot__brewed": "event repository_teapot",
}
COMMANDS = {
    "issue_comment__created_command": ("status", "now", True),
    "issue_comment__created_approve": ("approve", "1", False),
    "issue_comment__created_deny_after_mention": ("deny", "2 not before Friday", True),
    "pull_request_review_comment__created_approve": ("approve", "1", False),
}
COMMENT = "issue_comment__created_on_issue"


def test_every_payload_has_its_expectation() -> None:
    expected = {*ANSWERED, *IGNORED, *COMMANDS, "issue_comment__edited"}
    assert {path.stem for path in PAYLOADS.iterdir()} == expected


@pytest.mark.parametrize(("name", "message_id"), ANSWERED.items(), ids=ANSWERED)
def test_event_that_asks_the_bot_is_a_message(name: str, message_id: str) -> None:
    update = delivered(name)
    assert (update.kind, update.ignored, update.message_id) == (Kind.MESSAGE, "", message_id)
    assert update.dedup_key
    assert storable(update)


@pytest.mark.parametrize(("name", "reason"), IGNORED.items(), ids=IGNORED)
def test_event_that_asks_nothing_is_ignored_with_a_reason(name: str, reason: str) -> None:
    update = delivered(name)
    assert (update.kind, update.ignored, update.conversation) == (Kind.OTHER, reason, None)
    assert not update.dedup_key


# -- what is asked


def test_text_is_the_comment_without_the_address() -> None:
    assert delivered(COMMENT).text == "could you look into this, please?"


def test_mention_within_the_text_stays() -> None:
    assert delivered("pull_request_review_comment__created_with_mention").text == (
        "Is this branch ever reached, @helpful-bot?"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pull_request__review_requested_from_bot",
            "Review requested by bert-oak: please review this pull request.",
        ),
        ("pull_request__assigned_to_bot", "Assigned by bert-oak: please take care of this pull request."),
        ("issues__assigned_to_bot", "Assigned by bert-oak: please take care of this issue."),
    ],
)
def test_request_without_text_becomes_a_sentence(name: str, text: str) -> None:
    assert delivered(name).text == text


def test_bare_mention_is_still_a_text() -> None:
    assert delivered(COMMENT, {"comment": changed("comment", body="@helpful-bot")}).text == "@helpful-bot"


@pytest.mark.parametrize(("name", "expected"), COMMANDS.items(), ids=COMMANDS)
def test_comment_that_begins_with_a_command_is_one(name: str, expected: tuple[str, str, bool]) -> None:
    update = delivered(name)
    assert (update.kind, update.ignored) == (Kind.COMMAND, "")
    assert (update.command, update.text, update.addressed) == expected
    assert update.dedup_key
    assert update.author
    assert storable(update)


def test_message_names_the_bot() -> None:
    assert delivered(COMMENT).addressed


def test_description_of_something_new_decides_nothing() -> None:
    issue = payload("issues__opened_with_mention")["issue"] | {"body": "/approve 1"}
    assert delivered("issues__opened_with_mention", {"issue": issue}).ignored == "the bot is not mentioned"


def test_description_of_something_new_may_give_a_command() -> None:
    issue = payload("issues__opened_with_mention")["issue"] | {"body": "@helpful-bot /help"}
    update = delivered("issues__opened_with_mention", {"issue": issue})
    assert (update.kind, update.command) == (Kind.COMMAND, "help")


def test_edited_command_after_a_mention_does_not_count_either() -> None:
    comment = payload("issue_comment__edited")["comment"] | {"body": "@helpful-bot /approve 1"}
    assert delivered("issue_comment__edited", {"comment": comment}).ignored == "edited command"


def test_path_is_no_command() -> None:
    update = delivered(COMMENT, {"comment": changed("comment", body="@helpful-bot /etc/hosts is empty")})
    assert (update.kind, update.text) == (Kind.MESSAGE, "/etc/hosts is empty")


def test_edit_names_the_comment_and_its_new_text() -> None:
    update = delivered("issue_comment__edited")
    assert (update.kind, update.message_id, update.text) == (
        Kind.EDIT,
        "issue_comment:3551002117",
        "could you look into this today, please?",
    )


def test_two_edits_within_a_second_are_two_updates() -> None:
    assert delivered("issue_comment__edited").dedup_key == ""


# -- where and who


def test_issue_is_known_by_repository_id_and_number() -> None:
    conversation = delivered(COMMENT).conversation
    assert conversation
    assert (conversation.key, conversation.kind) == ("718293045:12", ConversationKind.ISSUE)
    assert conversation.title == "meadow-labs/sundial#12 The shadow points the wrong way"


def test_address_says_where_to_call() -> None:
    conversation = delivered(COMMENT).conversation
    assert conversation
    url = "https://github.com/meadow-labs/sundial/issues/12"
    owner = payload(COMMENT)["repository"]["owner"]["id"]
    assert conversation.address == {"repository": "meadow-labs/sundial", "number": 12, "url": url, "owner": owner}


@pytest.mark.parametrize("name", [name for name in ANSWERED if "pull_request" in name])
def test_all_events_of_a_pull_request_share_its_conversation(name: str) -> None:
    conversation = delivered(name).conversation
    assert conversation
    assert (conversation.key, conversation.kind) == ("718293045:13", ConversationKind.PULL_REQUEST)


@pytest.mark.parametrize(("name", "public"), [(COMMENT, True), ("issues__opened_in_private_repository", False)])
def test_conversation_is_public_where_the_repository_is(name: str, public: bool) -> None:
    conversation = delivered(name).conversation
    assert conversation
    assert conversation.is_public is public


def test_repository_that_does_not_say_is_private() -> None:
    conversation = delivered(COMMENT, {"repository": changed("repository", private=None)}).conversation
    assert conversation
    assert conversation.is_public is False


def test_author_is_who_wrote() -> None:
    assert delivered(COMMENT).author == Author(id="5346021", name="anna-lind")


def test_author_of_a_request_is_who_asked() -> None:
    author = delivered("pull_request__review_requested_on_bots_pull_request").author
    assert author == Author(id="7821934", name="bert-oak")


# -- itself and other bots


def test_name_of_the_bot_proves_nothing() -> None:
    impostor = changed("sender", login="helpful-bot")
    assert delivered(COMMENT, {"sender": impostor}).kind is Kind.MESSAGE


def test_bot_is_known_by_id_under_any_name() -> None:
    ourselves = changed("sender", login="renamed-bot", id=int(BOT_ID))
    assert delivered(COMMENT, {"sender": ourselves}).ignored == "by this bot itself"


def test_bots_text_sent_on_by_a_person_is_still_a_bots() -> None:
    writer = changed("sender", type="Bot", id=49699333)
    assert delivered(COMMENT, {"comment": changed("comment", user=writer)}).ignored == "by a bot"


def test_suffix_without_the_type_is_no_bot() -> None:
    assert delivered(COMMENT, {"sender": changed("sender", login="anna[bot]")}).kind is Kind.MESSAGE


@pytest.mark.parametrize("name", ["issues__assigned_to_bot", "pull_request__review_requested_from_bot"])
def test_bot_that_asks_for_something_is_ignored(name: str) -> None:
    sender = payload(name)["sender"] | {"type": "Bot"}
    assert delivered(name, {"sender": sender}).ignored == "by a bot"


@pytest.mark.parametrize("username", ["helpful-bot", "helpful-bot[bot]", "@Helpful-Bot"])
def test_app_is_mentioned_without_its_suffix(username: str) -> None:
    assert delivered(COMMENT, username=username).kind is Kind.MESSAGE


def test_lookalike_is_not_assigned_in_the_bots_place() -> None:
    assert delivered("issues__assigned_to_lookalike", account_id="").kind is Kind.OTHER


def test_bot_of_unknown_id_is_assigned_by_name() -> None:
    assert delivered("issues__assigned_to_bot", account_id="").kind is Kind.MESSAGE


# -- second identity


def test_replay_under_another_delivery_id_has_the_same_key() -> None:
    body = json.dumps(payload(COMMENT)).encode()
    replay = headers("issue_comment", body) | {"x-github-delivery": "another"}
    update = bot().read(replay, body)
    assert update.external_id == "another"
    assert update.dedup_key == delivered(COMMENT).dedup_key


def test_every_event_has_its_own_key() -> None:
    names = ANSWERED.keys() - {"pull_request__review_requested_on_bots_pull_request"}
    assert len({delivered(name).dedup_key for name in names}) == len(names)


def test_second_request_has_another_key() -> None:
    name = "pull_request__review_requested_from_bot"
    later = payload(name)["pull_request"] | {"updated_at": "2026-11-05T00:00:00Z"}
    assert delivered(name, {"pull_request": later}).dedup_key != delivered(name).dedup_key


# -- hostile fields


@pytest.mark.parametrize("name", ["../..", "a/b/c", "a", "../b", "a/..", "a/b?c", "a/b\n", "a /b", "", 1, None])
def test_repository_that_is_none_is_unreadable(name: Any) -> None:
    with pytest.raises(Unreadable):
        delivered(COMMENT, {"repository": changed("repository", full_name=name)})


@pytest.mark.parametrize("number", [0, -1, True, 2**63, 12.0, "12", None])
def test_number_that_is_none_is_unreadable(number: Any) -> None:
    with pytest.raises(Unreadable) as caught:
        delivered(COMMENT, {"issue": changed("issue", number=number)})
    assert caught.value.external_id


@pytest.mark.parametrize("event", ["issues", "issue_comment", "pull_request", "pull_request_review"])
def test_body_under_another_events_name_is_never_answered_twice(event: str) -> None:
    body = json.dumps(payload("pull_request_review_comment__created_with_mention")).encode()
    try:
        update = bot().read(headers(event, body), body)
    except Unreadable:
        return
    assert update.kind is Kind.OTHER


def changed(part: str, **fields: Any) -> dict[str, Any]:
    """One top-level object of the comment's payload with other fields."""
    return payload(COMMENT)[part] | fields
