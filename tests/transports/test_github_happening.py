"""Events that nobody answers and that wake what waits, and pushes that ask for a review anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transports.github_bot import BOT_ID, delivered, payload
from transports.base import Kind
from transports.errors import Unreadable

HEAD = "6f1c0d3b1a5e4f7c9d2b8a60e3f4c1d2b3a49586"
KEY = f"checks:meadow-labs/sundial:{HEAD}"
PUSH = "pull_request__synchronize"
US = {"login": "helpful-bot", "id": int(BOT_ID), "type": "User"}


# -- checks


@pytest.mark.parametrize(
    "name", ["check_run__completed", "check_suite__completed", "status__success", "workflow_run__completed"]
)
def test_end_of_a_check_wakes_what_waits_for_the_commit(name: str) -> None:
    assert delivered(name).wake_key == KEY


@pytest.mark.parametrize("name", ["check_run__created", "status__pending", PUSH, "issues__closed"])
def test_nothing_else_wakes(name: str) -> None:
    assert delivered(name).wake_key == ""


def test_key_is_the_same_however_the_repository_is_written() -> None:
    repository = payload("status__success")["repository"] | {"full_name": "Meadow-Labs/Sundial"}
    assert delivered("status__success", {"repository": repository}).wake_key == KEY


@pytest.mark.parametrize("commit", ["", "main", HEAD[:12], f"{HEAD}\n", f"{HEAD}:x", None, 5])
def test_payload_without_a_commit_wakes_nothing(commit: Any) -> None:
    assert delivered("status__success", {"sha": commit}).wake_key == ""


@pytest.mark.parametrize("repository", [None, {}, {"full_name": "../.."}])
def test_payload_without_a_repository_wakes_nothing(repository: Any) -> None:
    assert delivered("status__success", {"repository": repository}).wake_key == ""


# -- pushes


def pushed(**pull: Any) -> dict[str, Any]:
    return {"pull_request": payload(PUSH)["pull_request"] | pull}


def test_push_asks_for_the_review_again() -> None:
    assert delivered(PUSH).text == "New commits by anna-lind: please review the changes again."


def test_push_counts_only_where_the_bot_has_reviewed() -> None:
    assert delivered(PUSH).after_tool == "github_review"


def test_push_counts_in_any_case_while_the_review_is_requested() -> None:
    assert delivered(PUSH, pushed(requested_reviewers=[US])).after_tool == ""


def test_lookalike_among_the_reviewers_is_not_the_bot() -> None:
    assert delivered(PUSH, pushed(requested_reviewers=[US | {"id": 5}])).after_tool == "github_review"


@pytest.mark.parametrize("sender", [US, {"login": "renovate[bot]", "id": 29139614, "type": "Bot"}])
def test_push_of_a_bot_asks_for_nothing(sender: dict[str, Any]) -> None:
    assert delivered(PUSH, {"sender": sender}).kind is Kind.OTHER


def test_push_to_a_closed_pull_request_asks_for_nothing() -> None:
    assert delivered(PUSH, pushed(state="closed")).ignored == "the pull request is not open"


def test_one_head_asks_once() -> None:
    later = pushed(updated_at="2026-11-09T00:00:00Z")
    assert delivered(PUSH, later).dedup_key == delivered(PUSH).dedup_key


def test_next_head_asks_again() -> None:
    head = payload(PUSH)["pull_request"]["head"] | {"sha": "0" * 40}
    assert delivered(PUSH, pushed(head=head)).dedup_key != delivered(PUSH).dedup_key


def test_push_without_a_head_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        delivered(PUSH, pushed(head=None))
