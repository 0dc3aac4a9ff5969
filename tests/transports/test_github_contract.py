from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import quote_plus, urlencode

import pytest

from tests.transports.github_bot import bot, headers, payload
from transports.base import Kind
from transports.errors import Unreadable, VerificationFailed
from transports.github import GitHubTransport
from transports.github.envelope import FORM
from transports.github.markdown import COMMENT_LIMIT
from transports.testing import TransportContract

BODY = json.dumps(payload("issue_comment__created_on_issue")).encode()


class TestGitHub(TransportContract):
    signature_header = "x-hub-signature-256"
    part_limit = COMMENT_LIMIT - len("\n\n<!-- botplatform: -->") - 2 * hashlib.sha512().digest_size

    def transport(self, secret: str = "s3cret") -> GitHubTransport:
        return bot(secret=secret)

    def headers(self, body: bytes, secret: str = "s3cret") -> dict[str, str]:
        return headers("issue_comment", body, secret=secret)

    def body(self, text: str) -> bytes:
        data = payload("issue_comment__created_on_issue")
        data["comment"]["body"] = f"@helpful-bot {text}"
        return json.dumps(data).encode()


def form(body: bytes) -> bytes:
    return urlencode({"payload": body}).encode()


# -- signature


def test_the_older_sha1_signature_counts_for_nothing() -> None:
    old = "sha1=" + hmac.new(b"s3cret", BODY, hashlib.sha1).hexdigest()
    given = headers("issue_comment", BODY) | {"x-hub-signature": old}
    del given["x-hub-signature-256"]
    with pytest.raises(VerificationFailed):
        bot().verify(given, BODY)


def test_signature_of_another_body_is_refused() -> None:
    with pytest.raises(VerificationFailed):
        bot().verify(headers("issue_comment", BODY), BODY + b" ")


def test_signature_is_known_from_githubs_own_example() -> None:
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    bot(secret="It's a Secret to Everybody").verify({"x-hub-signature-256": signature}, b"Hello, World!")


# -- envelope


def test_form_says_the_same_as_json() -> None:
    body = form(BODY)
    by_form = bot().read(headers("issue_comment", body, content_type=f"{FORM}; charset=utf-8"), body)
    assert by_form == bot().read(headers("issue_comment", BODY), BODY)


def test_form_is_signed_as_it_was_sent() -> None:
    given = headers("issue_comment", form(BODY), content_type=FORM) | {
        "x-hub-signature-256": headers("issue_comment", BODY)["x-hub-signature-256"]
    }
    with pytest.raises(VerificationFailed):
        bot().verify(given, form(BODY))


def test_form_keeps_text_outside_ascii() -> None:
    data = payload("issue_comment__created_on_issue")
    data["comment"]["body"] = "@helpful-bot größer 日時計 + 50% & more"
    body = form(json.dumps(data, ensure_ascii=False).encode())
    assert bot().parse(headers("issue_comment", body, content_type=FORM), body).text == "größer 日時計 + 50% & more"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"other=1",
        BODY,
        "payload=é".encode(),
        b"payload=%ff%fe",
        b"payload=" + b"[" * 9999,
        b"a=1&" * 99,
    ],
    ids=["empty", "blank", "other_field", "json", "raw_utf8", "no_utf8", "deep", "many_fields"],
)
def test_broken_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        bot().parse(headers("issue_comment", body, content_type=FORM), body)
    assert caught.value.external_id == headers("", body)["x-github-delivery"]


def test_surrogates_in_a_form_are_lost_like_those_in_json() -> None:
    body = b"payload=" + quote_plus(BODY.replace(b"could you", b"could\\ud83d you")).encode()
    assert bot().parse(headers("issue_comment", body, content_type=FORM), body).text.startswith("could you")


@pytest.mark.parametrize("delivery", [None, "", "x" * 101, "a b", "é", "a\x00b", "../1"])
def test_delivery_without_a_decent_id_is_unreadable(delivery: str | None) -> None:
    given = headers("issue_comment", BODY)
    given.pop("x-github-delivery")
    given |= {} if delivery is None else {"x-github-delivery": delivery}
    with pytest.raises(Unreadable):
        bot().parse(given, BODY)


@pytest.mark.parametrize("event", ["", "Issues", "a b", "é", "x" * 61])
def test_delivery_without_a_decent_event_is_unreadable(event: str) -> None:
    with pytest.raises(Unreadable):
        bot().parse(headers(event, BODY), BODY)


def test_what_parse_needs_is_kept() -> None:
    given = headers("issue_comment", form(BODY), content_type=FORM)
    kept = {name: given[name] for name in GitHubTransport.kept_headers}
    assert bot().parse(kept, form(BODY)).kind is Kind.MESSAGE
    assert "x-hub-signature-256" not in kept
