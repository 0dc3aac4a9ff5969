"""What providers are answered: status, shape of the body, and what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.fakes.github_events import delivery_headers, issue_comment_event, sign
from tests.fakes.telegram_updates import group_update, text_update
from tests.system.fakes import Fakes
from tests.system.platform import Platform

TELEGRAM, GITHUB = "/webhooks/telegram/default/", "/webhooks/github/default/"
CAPS_BYTES = {TELEGRAM: 1_000_000, GITHUB: 25_000_000}
JSON = "application/json"


def signed(platform: Platform, path: str, body: bytes, content_type: str = JSON) -> httpx.Response:
    """Deliver bytes as their provider does, in any content type."""
    headers = {
        **delivery_headers("issue_comment", body, platform.env["GITHUB_WEBHOOK_SECRET"]),
        "x-telegram-bot-api-secret-token": platform.env["TELEGRAM_WEBHOOK_SECRET"],
        "Content-Type": content_type,
    }
    return platform.http.post(path, content=body, headers=headers)


def rows(platform: Platform) -> int:
    return int(platform.sql("SELECT count(*) AS n FROM botplatform_update")[0]["n"])


def row(platform: Platform, answer: httpx.Response) -> dict[str, Any]:
    [found] = platform.sql("SELECT * FROM botplatform_update WHERE id = %s", int(answer.json()["update"]))
    return found


@pytest.fixture
def refused(platform: Platform) -> Callable[[httpx.Response, int], None]:
    """Checks that an answer is a refusal in JSON, and that nothing was stored since the beginning of the test."""
    before = rows(platform)

    def check(answer: httpx.Response, status: int) -> None:
        assert answer.status_code == status
        assert answer.json()["ok"] is False
        assert rows(platform) == before

    return check


Refused = Callable[[httpx.Response, int], None]


# -- 200


def test_an_accepted_update(platform: Platform, fakes: Fakes, chat: int) -> None:
    number = platform.next_update_id()
    answer = platform.post_telegram(text_update(number, chat, "hello"))
    stored = row(platform, answer)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    assert answer.json() == {"ok": True, "update": str(stored["id"]), "outcome": "queued"}
    assert stored["external_id"] == str(number)


def test_a_duplicate_names_the_first(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = text_update(platform.next_update_id(), chat, "hello")
    first = platform.post_telegram(update).json()
    answer = platform.post_telegram(update)
    assert (answer.status_code, answer.json()) == (200, {**first, "outcome": "duplicate"})


def test_an_ignored_update_is_stored_with_its_reason(platform: Platform, fakes: Fakes, group: int) -> None:
    answer = platform.post_telegram(group_update(platform.next_update_id(), group, "not for the bot"))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    stored = row(platform, answer)
    assert (stored["state"], stored["reason"]) == ("ignored", "not addressed to the bot")


@pytest.mark.parametrize("path", [TELEGRAM, GITHUB])
def test_an_unreadable_body_is_kept_aside_after_a_good_signature(platform: Platform, fakes: Fakes, path: str) -> None:
    body = f"no JSON {platform.next_update_id()}".encode()
    answer = signed(platform, path, body)
    stored = row(platform, answer)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")
    assert (stored["state"], bytes(stored["raw"])) == ("quarantined", body)
    assert stored["reason"]


def test_an_unreadable_body_that_comes_again_is_a_duplicate(platform: Platform, fakes: Fakes) -> None:
    body = f"no JSON {platform.next_update_id()}".encode()
    assert [signed(platform, TELEGRAM, body).json()["outcome"] for _ in range(2)] == ["ignored", "duplicate"]


@pytest.mark.parametrize("path", [TELEGRAM, GITHUB])
def test_a_body_of_the_largest_size_is_read(platform: Platform, fakes: Fakes, path: str) -> None:
    body = b"{" + b" " * (CAPS_BYTES[path] - 2) + b"}"
    assert signed(platform, path, body).status_code == 200


def test_a_content_type_with_a_charset_is_read(platform: Platform, fakes: Fakes, chat: int) -> None:
    body = json.dumps(text_update(platform.next_update_id(), chat, "hello")).encode()
    assert signed(platform, TELEGRAM, body, "Application/JSON; charset=utf-8").json()["outcome"] == "queued"


def test_github_may_send_a_form(platform: Platform, fakes: Fakes) -> None:
    event = json.dumps(issue_comment_event("octo/forms", 1, "@helpful-bot hello"))
    body = str(httpx.QueryParams({"payload": event})).encode()
    answer = signed(platform, GITHUB, body, "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "queued")


def test_ping_is_answered(platform: Platform, fakes: Fakes) -> None:
    answer = platform.post_github("ping", {"zen": "Keep it logically awesome.", "hook_id": 1})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")


# -- refusals


@pytest.mark.parametrize("body", [b"{}", b"no JSON"])
def test_a_wrong_secret_is_401_whatever_the_body(
    platform: Platform, fakes: Fakes, refused: Refused, body: bytes
) -> None:
    refused(platform.post_telegram(body, secret="wrong"), 401)


def test_a_wrong_signature_is_401(platform: Platform, fakes: Fakes, refused: Refused) -> None:
    headers = {"content-type": JSON, "x-hub-signature-256": sign("wrong", b"{}"), "x-github-event": "ping"}
    refused(platform.http.post(GITHUB, content=b"{}", headers=headers), 401)


@pytest.mark.parametrize(
    "path", ["/webhooks/telegram/nobody/", "/webhooks/github/nobody/", "/webhooks/pigeon/default/"]
)
def test_an_unknown_bot_is_404(platform: Platform, fakes: Fakes, refused: Refused, path: str) -> None:
    refused(signed(platform, path, b"{}"), 404)


@pytest.mark.parametrize(
    "path", ["/webhooks/", "/webhooks/telegram/", "/webhooks/telegram/default", "/webhooks/a/b/c/"]
)
def test_an_unknown_path_is_404(platform: Platform, fakes: Fakes, path: str) -> None:
    assert signed(platform, path, b"{}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [TELEGRAM, GITHUB])
def test_another_method_is_405(platform: Platform, fakes: Fakes, refused: Refused, path: str, method: str) -> None:
    answer = platform.http.request(method, path)
    refused(answer, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", [TELEGRAM, GITHUB])
@pytest.mark.parametrize("over", [1, 30_000_000])
def test_a_larger_body_is_413(platform: Platform, fakes: Fakes, refused: Refused, path: str, over: int) -> None:
    refused(signed(platform, path, b" " * (CAPS_BYTES[path] + over)), 413)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/jsonp", ""])
@pytest.mark.parametrize("path", [TELEGRAM, GITHUB])
def test_another_content_type_is_415(
    platform: Platform, fakes: Fakes, refused: Refused, path: str, content_type: str
) -> None:
    refused(signed(platform, path, b"{}", content_type), 415)


def test_telegram_may_not_send_a_form(platform: Platform, fakes: Fakes, refused: Refused) -> None:
    refused(signed(platform, TELEGRAM, b"payload={}", "application/x-www-form-urlencoded"), 415)


def test_a_compressed_body_is_415(platform: Platform, fakes: Fakes, refused: Refused) -> None:
    headers = {
        "content-type": JSON,
        "content-encoding": "gzip",
        "x-telegram-bot-api-secret-token": platform.env["TELEGRAM_WEBHOOK_SECRET"],
    }
    refused(platform.http.post(TELEGRAM, content=b"\x1f\x8b\x08", headers=headers), 415)


def test_a_disabled_bot_is_404(platform: Platform, fakes: Fakes, refused: Refused) -> None:
    switch = "UPDATE botplatform_bot SET enabled = %s, updated_at = now() WHERE transport = 'github'"
    platform.sql(switch, False)
    try:
        platform.wait_until(lambda: signed(platform, GITHUB, b"{}").status_code == 404)
    finally:
        platform.sql(switch, True)
    platform.wait_until(lambda: signed(platform, GITHUB, b"{}").status_code == 200)
