"""The platform starts, answers over each transport, and stops without a trace."""

from __future__ import annotations

from tests.fakes.github_events import issue_comment_event
from tests.system.fakes import Fakes
from tests.system.platform import Platform


def test_every_role_runs(platform: Platform) -> None:
    assert sorted(platform.processes()) == ["beat", "postgres", "redis", "up", "web", "worker"]


def test_a_telegram_message_is_answered_once(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = platform.say(chat, "What is the time?")
    fakes.telegram.wait_for_text(chat, "answer to: What is the time?")
    platform.wait_until(lambda: platform.explain(update)["batch"]["state"] == "done")
    assert fakes.telegram.texts(chat) == ["answer to: What is the time?"]
    assert fakes.model.asked() == [["What is the time?"]]


def test_a_github_mention_is_answered_in_one_comment(platform: Platform, fakes: Fakes) -> None:
    event = issue_comment_event("octo/widgets", 1, "@helpful-bot What is this?")
    assert platform.post_github("issue_comment", event).json()["outcome"] == "queued"
    fakes.github.wait_until(lambda: fakes.github.comments("octo/widgets", 1), 30)
    [comment] = fakes.github.comments("octo/widgets", 1)
    assert "answer to: " in comment["body"]


def test_it_stops_in_time_and_starts_again(platform: Platform) -> None:
    platform.stop()
    assert platform.processes() == {}
    platform.start()
