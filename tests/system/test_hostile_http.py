"""Whatever comes over HTTP: no 500, no secret, no other chat disturbed."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes import telegram_updates as telegram
from tests.fakes.github_events import delivery_headers, issue_comment_event, sign
from tests.fakes.github_store import user
from tests.system.environment import leaked
from tests.system.fakes import Fakes
from tests.system.installation import Installation
from tests.system.load import Load, fresh_chats
from tests.system.platform import Platform

PAYLOADS = Path(__file__).parents[1] / "payloads"
TELEGRAM, GITHUB = "/webhooks/telegram/default/", "/webhooks/github/default/"
BOTH = pytest.mark.parametrize("path", [TELEGRAM, GITHUB])
SECRET_HEADER, SIGNATURE_HEADER = "x-telegram-bot-api-secret-token", "x-hub-signature-256"

HOSTILE = {
    "empty": b"",
    "not_json": b"hello",
    "list": b"[]",
    "string": b'"text"',
    "deep_list": b"[" * 100_000,
    "deep_object": b'{"a":' * 100_000,
    "deep_and_closed": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "integer_of_5000_digits": b'{"update_id": ' + b"9" * 5000 + b"}",
    "integer_of_100_bits": b'{"update_id": 1267650600228229401496703205376, "action": "created"}',
    "nan": b'{"update_id": NaN}',
    "infinity": b'{"update_id": -Infinity}',
    "null_bytes": b"\x00" * 100,
    "not_utf8": b'{"update_id": 770077, "a": "\x80\xff"}',
    "half_utf16": b"\xff\xfe{",
}
MISSHAPEN = {
    "telegram": b'{"update_id": 2, "message": {"message_id": [], "chat": 7, "from": null}}',
    "github": b'{"action": "created", "issue": 7, "comment": null}',
}


@pytest.fixture(autouse=True)
def _still_standing(platform: Platform, fakes: Fakes) -> Iterator[None]:
    """After each test: nothing crashed in any process, and web is the one that was there before."""
    [web] = platform.processes()["web"]
    yield
    assert "Traceback" not in platform.output()
    assert "Exception in ASGI application" not in platform.output()
    assert platform.processes()["web"] == [web]


def deliver(platform: Platform, path: str, body: bytes, **headers: str | bytes | None) -> httpx.Response:
    """A delivery with good credentials, of which headers may be replaced or (None) left out. No answer holds a secret."""
    env = platform.env
    given: dict[str, Any] = {
        **delivery_headers("issue_comment", body, env["GITHUB_WEBHOOK_SECRET"]),
        SECRET_HEADER: env["TELEGRAM_WEBHOOK_SECRET"],
    }
    given = {name.lower(): value for name, value in given.items()}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    answer = platform.http.post(path, content=body, headers={k: v for k, v in given.items() if v is not None})
    assert answer.status_code < 500, answer.text
    assert leaked([answer.text, str(answer.headers)], env, platform.data_dir) == []
    return answer


def update_of(platform: Platform, answer: httpx.Response) -> dict[str, Any]:
    [row] = platform.sql("SELECT * FROM botplatform_update WHERE id = %s", int(answer.json()["update"]))
    return row


def updates(platform: Platform) -> int:
    return int(platform.sql("SELECT count(*) AS n FROM botplatform_update")[0]["n"])


# -- signatures


def spoiled(name: str, secret: str) -> str | bytes | None:
    return {
        "missing": None,
        "empty": "",
        "wrong": "wrong",
        "beginning": secret[:-1],
        "longer": secret + "x",
        "upper_case": secret.upper(),
        "twice": f"{secret}, {secret}",
        "not_ascii": b"\xff\xe9\x80",
        "not_utf8_after_it": secret.encode() + b"\xff",
    }[name]


SPOILED = ("missing", "empty", "wrong", "beginning", "longer", "upper_case", "twice", "not_ascii", "not_utf8_after_it")


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_telegram_secret_stores_nothing(platform: Platform, how: str) -> None:
    before, secret = updates(platform), spoiled(how, platform.env["TELEGRAM_WEBHOOK_SECRET"])
    body = json.dumps(telegram.text_update(platform.next_update_id(), 5, "hello")).encode()
    assert deliver(platform, TELEGRAM, body, **{SECRET_HEADER: secret}).status_code == 401
    assert updates(platform) == before


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_github_signature_stores_nothing(platform: Platform, how: str) -> None:
    before, body = updates(platform), json.dumps(issue_comment_event("octo/x", 1, "@helpful-bot hello")).encode()
    signature = spoiled(how, sign(platform.env["GITHUB_WEBHOOK_SECRET"], body))
    assert deliver(platform, GITHUB, body, **{SIGNATURE_HEADER: signature}).status_code == 401
    assert updates(platform) == before


@pytest.mark.parametrize("other", [b"", b"{}", b'{"action": "deleted"}'])
def test_a_signature_over_another_body_is_refused(platform: Platform, other: bytes) -> None:
    signature = sign(platform.env["GITHUB_WEBHOOK_SECRET"], other)
    assert deliver(platform, GITHUB, b'{"action": "created"}', **{SIGNATURE_HEADER: signature}).status_code == 401


def test_a_sha1_signature_alone_is_refused(platform: Platform) -> None:
    sha1 = "sha1=0123456789012345678901234567890123456789"
    headers = {SIGNATURE_HEADER: None, "x-hub-signature": sha1}
    assert deliver(platform, GITHUB, b"{}", **headers).status_code == 401


_SECOND_BOT = """
from botplatform import sealing
from botplatform.models import Bot
Bot.objects.create(transport="{transport}", slug="second", credentials=sealing.seal({{"secret": "of-the-second-bot"}}))
"""


@pytest.mark.parametrize("transport", ["telegram", "github"])
def test_the_secret_of_one_bot_opens_no_other(platform: Platform, transport: str) -> None:
    platform.manage("shell", "-c", _SECOND_BOT.format(transport=transport))
    path, body = f"/webhooks/{transport}/second/", b"{}"
    own = {SECRET_HEADER: "of-the-second-bot", SIGNATURE_HEADER: sign("of-the-second-bot", body)}
    assert deliver(platform, path, body).status_code == 401
    assert deliver(platform, path, body, **own).status_code == 200
    assert deliver(platform, f"/webhooks/{transport}/default/", body, **own).status_code == 401


def test_a_bot_without_a_secret_does_not_start(platform: Platform, tmp_path: Path) -> None:
    env = {**platform.env, "DATA_DIR": str(tmp_path / "data")}
    del env["GITHUB_WEBHOOK_SECRET"]
    ended = Installation(tmp_path, env).manage("up", check=False)
    assert ended.returncode != 0
    assert "GITHUB_WEBHOOK_SECRET" in ended.stderr
    assert "Traceback" not in ended.stderr


# -- bodies


@BOTH
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_kept_aside(platform: Platform, path: str, body: bytes) -> None:
    answer = deliver(platform, path, body)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    stored = update_of(platform, answer)
    assert (stored["state"], bytes(stored["raw"])) == ("quarantined", body)


@pytest.mark.parametrize("transport", MISSHAPEN)
def test_json_of_another_shape_is_kept_aside(platform: Platform, transport: str) -> None:
    answer = deliver(platform, f"/webhooks/{transport}/default/", MISSHAPEN[transport])
    assert update_of(platform, answer)["state"] == "quarantined"


@BOTH
def test_a_hostile_body_with_a_wrong_signature_is_not_even_read(platform: Platform, path: str) -> None:
    wrong = {SECRET_HEADER: "wrong", SIGNATURE_HEADER: "wrong"}
    assert {deliver(platform, path, body, **wrong).status_code for body in HOSTILE.values()} == {401}


@BOTH
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_another_unicode_encoding_is_read_or_kept_aside(platform: Platform, path: str, encoding: str) -> None:
    update = telegram.text_update(platform.next_update_id(), 5, "hello")
    event = issue_comment_event("octo/x", 1, "@helpful-bot hello")
    body = json.dumps(update if path == TELEGRAM else event).encode(encoding)
    answer = deliver(platform, path, body)
    assert (answer.status_code, bytes(update_of(platform, answer)["raw"])) == (200, body)


def test_of_a_repeated_key_the_last_counts(platform: Platform, chat: int) -> None:
    first, last = platform.next_update_id(), platform.next_update_id()
    body = json.dumps(telegram.text_update(last, chat, "hello")).replace("{", f'{{"update_id": {first}, ', 1)
    assert update_of(platform, deliver(platform, TELEGRAM, body.encode()))["external_id"] == str(last)


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a\udfffb\x00", "\x00\x00ab"], ids=ascii)
def test_what_postgres_cannot_store_is_left_out(platform: Platform, fakes: Fakes, chat: int, text: str) -> None:
    body = json.dumps(telegram.text_update(platform.next_update_id(), chat, text)).encode()
    stored = update_of(platform, deliver(platform, TELEGRAM, body))
    assert (stored["state"], stored["text"], bytes(stored["raw"])) == ("queued", "ab", body)
    fakes.telegram.wait_for_text(chat, "answer to: ab")


@pytest.mark.parametrize("value", [None, True, -1, 2**70, 1.5, "", "\ud800\x00", [], [None], {}, {"id": {}}], ids=ascii)
def test_an_odd_value_in_any_field_is_no_500(platform: Platform, value: Any) -> None:
    """`deliver` fails on a 500."""
    update = telegram.group_update(0, -1_000_000_000_001, "@helpful_bot hello", thread=7)
    for place in (update, update["message"], update["message"]["chat"], update["message"]["from"]):
        for field in place.keys() - {"update_id"}:
            kept, place[field] = place[field], value
            delivered = {**update, "update_id": platform.next_update_id()}
            assert deliver(platform, TELEGRAM, json.dumps(delivered).encode()).json()["outcome"] != "duplicate"
            place[field] = kept


@pytest.mark.parametrize("header", ["x-github-event", "x-github-delivery", "content-type"])
@pytest.mark.parametrize("value", [b"\xff\xfe", b"a" * 5000, "'; DROP TABLE botplatform_update; --", ""])
def test_a_hostile_header_is_no_500(platform: Platform, header: str, value: str | bytes) -> None:
    """Outside the signature, so anybody may write them. `deliver` fails on a 500."""
    body = json.dumps(issue_comment_event("octo/x", 1, "@helpful-bot hello")).encode()
    assert deliver(platform, GITHUB, body, **{header: value}).status_code in (200, 415)


@pytest.mark.parametrize(
    "form", [b"", b"payload", b"payload=", b"payload=%", b"payload=%ff%fe", b"&" * 5000, b"payload=\xff"]
)
def test_a_hostile_form_is_kept_aside(platform: Platform, form: bytes) -> None:
    answer = deliver(platform, GITHUB, form, content_type="application/x-www-form-urlencoded")
    assert update_of(platform, answer)["state"] == "quarantined"


# -- framing, by hand


def raw(platform: Platform, framing: bytes, body: bytes) -> bytes:
    """Write a request with the framing given, hang up, and read what comes."""
    lines = [
        f"POST {TELEGRAM} HTTP/1.1".encode(),
        b"host: 127.0.0.1",
        b"content-type: application/json",
        f"{SECRET_HEADER}: {platform.env['TELEGRAM_WEBHOOK_SECRET']}".encode(),
        framing,
    ]
    with socket.create_connection(("127.0.0.1", int(platform.env["PORT"])), timeout=10) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_a_content_length_that_is_too_long_stores_nothing(platform: Platform) -> None:
    before, body = updates(platform), json.dumps(telegram.text_update(platform.next_update_id(), 5, "hello")).encode()
    assert b" 200 " not in raw(platform, f"content-length: {len(body) + 1}".encode(), body)
    assert updates(platform) == before


def test_a_content_length_that_is_too_short_queues_nothing(platform: Platform, chat: int) -> None:
    body = json.dumps(telegram.text_update(platform.next_update_id(), chat, "hello")).encode()
    answer = raw(platform, f"content-length: {len(body) - 1}".encode(), body)
    assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
    assert platform.sql("SELECT 1 FROM botplatform_session WHERE key = %s", str(chat)) == []


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: -1",
        b"content-length: many",
        b"content-length: 99999999999999999999999",
        b"content-length: 2\r\ncontent-length: 3",
        b"content-length: 2\r\ntransfer-encoding: chunked",
        b"transfer-encoding: chunked",
    ],
)
def test_impossible_framing_is_refused(platform: Platform, framing: bytes) -> None:
    answer = raw(platform, framing, b"{}")
    assert answer.startswith(b"HTTP/1.1 4") or answer == b""


# -- updates of every kind


@pytest.mark.parametrize("path", sorted((PAYLOADS / "telegram").glob("*.json")), ids=lambda path: path.stem)
def test_every_documented_telegram_update_is_taken(platform: Platform, path: Path) -> None:
    update = {**json.loads(path.read_text()), "update_id": platform.next_update_id()}
    answer = deliver(platform, TELEGRAM, json.dumps(update).encode())
    assert (answer.status_code, answer.json()["outcome"] in ("queued", "ignored")) == (200, True)
    assert update_of(platform, answer)["state"] != "quarantined"


@pytest.mark.parametrize("path", sorted((PAYLOADS / "github").glob("*.json")), ids=lambda path: path.stem)
def test_every_documented_github_event_is_taken(platform: Platform, path: Path) -> None:
    event = path.stem.partition("__")[0]
    answer = deliver(platform, GITHUB, path.read_bytes(), **{"x-github-event": event})
    assert answer.status_code == 200
    assert update_of(platform, answer)["state"] != "quarantined"


def test_a_kind_of_update_never_seen_is_ignored(platform: Platform) -> None:
    update = {"update_id": platform.next_update_id(), "telepathy": {"chat": {"id": 5}, "text": "hello"}}
    stored = update_of(platform, deliver(platform, TELEGRAM, json.dumps(update).encode()))
    assert (stored["state"], stored["reason"]) == ("ignored", "kind of update not handled: telepathy")


def test_a_photo_is_answered_by_its_caption(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = telegram.text_update(
        platform.next_update_id(), chat, "", caption="What is this?", photo=[{"file_id": "x"}]
    )
    del update["message"]["text"]
    platform.post_telegram(update)
    fakes.telegram.wait_for_text(chat, "answer to: What is this?")


@pytest.mark.parametrize("data", [None, "approve:1"])
def test_a_button_is_answered_to_telegram(platform: Platform, fakes: Fakes, chat: int, data: str | None) -> None:
    update = telegram.callback_update(platform.next_update_id(), chat, data)
    assert platform.post_telegram(update).json()["outcome"] == "queued"
    fakes.telegram.wait_for("answerCallbackQuery")


# -- bots


def comment(platform: Platform, body: str, **author: Any) -> dict[str, Any]:
    """Deliver a comment whose author is changed; the stored update."""
    event = issue_comment_event("octo/pingpong", 1, body)
    event["sender"] = event["comment"]["user"] = {**event["comment"]["user"], **author}
    answer = platform.post_github("issue_comment", event)
    assert answer.status_code == 200
    return update_of(platform, answer)


def own(platform: Platform) -> dict[str, Any]:
    """The platform's account, once it knows it."""
    known = "SELECT 1 FROM botplatform_bot WHERE transport = 'github' AND slug = 'default' AND account_id <> ''"
    platform.wait_until(lambda: platform.sql(known))
    return user("helpful-bot")


def test_an_own_comment_is_not_answered_whatever_its_name(platform: Platform) -> None:
    stored = comment(platform, "@helpful-bot hello", **{**own(platform), "login": "renamed"})
    assert (stored["state"], stored["reason"]) == ("ignored", "by this bot itself")


def test_another_bot_is_known_by_its_type(platform: Platform) -> None:
    stored = comment(platform, "@helpful-bot hello", login="friendly-human", type="Bot")
    assert (stored["state"], stored["reason"]) == ("ignored", "by a bot")


@pytest.mark.parametrize("login", ["helpful-bot-evil", "evil[bot]", "helpful_bot"])
def test_a_name_like_a_bots_makes_nobody_a_bot(platform: Platform, login: str) -> None:
    assert comment(platform, "@helpful-bot hello", login=login, id=4711, type="User")["state"] != "ignored"


@pytest.mark.parametrize(
    "body",
    [
        "`@helpful-bot` hello",
        "```\n@helpful-bot\n```",
        "> @helpful-bot hello",
        "<!-- @helpful-bot -->",
        "@helpful-bot-evil hello",
        "@helpful-bot.evil.example",
        "mail me: a@helpful-bot",
        "@helpful\u200b-bot hello",
    ],
)
def test_what_only_looks_like_a_mention_is_none(platform: Platform, body: str) -> None:
    assert comment(platform, body)["reason"] == "the bot is not mentioned"


def test_two_bots_do_not_talk_to_each_other(platform: Platform, fakes: Fakes) -> None:
    own(platform)
    platform.post_github("issue_comment", issue_comment_event("octo/duet", 1, "@helpful-bot begin"))
    fakes.github.wait_until(lambda: fakes.github.comments("octo/duet", 1), 30)
    [answer] = fakes.github.comments("octo/duet", 1)
    for author in (answer["user"], user("chatty[bot]")):
        echo = issue_comment_event("octo/duet", 1, f"@helpful-bot {answer['body']}")
        echo["sender"] = echo["comment"]["user"] = author
        assert platform.post_github("issue_comment", echo).json()["outcome"] == "ignored"


def test_a_telegram_bot_is_not_answered(platform: Platform, chat: int) -> None:
    update = telegram.text_update(platform.next_update_id(), chat, "hello")
    update["message"]["from"]["is_bot"] = True
    assert platform.post_telegram(update).json()["outcome"] == "ignored"


# -- text that hides


HIDDEN = "pay\u202e attention\u200b now\U000e0041\U000e0042\ufeff"


def test_hidden_characters_are_stored_and_kept_from_the_model(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, HIDDEN)
    fakes.telegram.wait_for_text(chat, "answer to:")
    [stored] = platform.sql("SELECT text FROM botplatform_message WHERE text LIKE 'pay%' AND role = 'user'")
    assert stored["text"] == HIDDEN
    assert fakes.model.asked("pay") == [["pay attention now"]]


def test_right_to_left_text_reaches_the_model_whole(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, "שלום עולם, مرحبا")
    fakes.telegram.wait_for_text(chat, "answer to:")
    assert fakes.model.asked("שלום") == [["שלום עולם, مرحبا"]]


# -- and meanwhile


def test_other_chats_go_on_meanwhile(platform: Platform) -> None:
    bodies = [
        *(body.replace(b"770077", b"770078") + b"\n" for body in HOSTILE.values()),
        os.urandom(900_000),
        b" " * 2_000_000,
    ]
    with Load(platform, fresh_chats(4)) as load:
        for path in (TELEGRAM, GITHUB):
            for body in bodies:
                deliver(platform, path, body)
    assert load.statuses == {200}
    load.wait_answered()
