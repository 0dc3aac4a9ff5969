"""Models that are overloaded, silent, slow, cut off or confused: waited for, replaced, or owned up to; never a stuck chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.model_replies import (
    Reply,
    broken,
    failure,
    hang,
    malformed,
    overflow,
    stall,
    text,
    tool,
    trickle,
    truncated,
)
from tests.system.fakes import Fakes
from tests.system.oracle import batches, broken_invariants, hasten, runs, states, steps, wait_for_end
from tests.system.platform import Platform

SETTINGS = {"FALLBACK_MODELS": "understudy"}
RUN_SECONDS = 5
"""What a run may take here, so that a silent model is given up soon."""
MESSAGES = "POST /v1/messages"
ENDLESS = trickle("half an answer" * 10, seconds=600, pieces=140)

BUSY, AWAY = "The model is overloaded just now.", "The model cannot be reached just now."
SLOW = "The model took too long to answer."
LASTING = {
    "overloaded": (failure(529), 3, BUSY),
    "rate limited": (failure(429), 3, BUSY),
    "out of order": (failure(500), 3, AWAY),
    "silent": (hang(), 3, SLOW),
    "silent in mid-stream": (stall("half an answer"), 3, SLOW),
    "trickling": (ENDLESS, 3, SLOW),
    "failing after a 200": (broken("half an answer"), 3, BUSY),
    "hanging up": (truncated("half an answer"), 3, AWAY),
    "malformed": (malformed("half an answer"), 3, AWAY),
    "full": (overflow(), 1, "This conversation has become too long for the model."),
    "refusing the key": (failure(401), 1, "something is set up wrongly"),
}
"""What a model may do for ever, how many runs are worth it, and what people are told then."""


@pytest.fixture(scope="module", autouse=True)
def impatient(platform: Platform) -> None:
    """Publish a version of the agent whose runs are short, and wait until it is used."""
    [version] = platform.sql(f"""
        INSERT INTO botplatform_agentconfigversion (config_id, number, prompt, model, fallback_models, tools, max_steps,
            max_output_tokens, max_seconds)
        SELECT v.config_id, number + 1, prompt, model, fallback_models, tools, max_steps, max_output_tokens, {RUN_SECONDS}
        FROM botplatform_agentconfigversion v JOIN botplatform_agentconfig c ON c.id = v.config_id AND c.name = 'simple-agent'
        RETURNING id""")
    platform.sql("UPDATE botplatform_agentconfig SET published_id = %s WHERE name = 'simple-agent'", version["id"])
    used = "SELECT 1 FROM botplatform_run WHERE config_version_id = %s"
    platform.wait_until(lambda: (platform.say(999, "Are you new?"), platform.sql(used, version["id"]))[1])
    platform.wait_until(lambda: set(states(batches(platform, 999))) == {"done"})


@pytest.fixture(autouse=True)
def invariants(platform: Platform, fakes: Fakes) -> Iterator[None]:
    yield
    assert broken_invariants(platform, fakes) == []


def wait_impatiently(platform: Platform, end: str, *chats: int) -> None:
    """Wait until the one batch of each chat has ended so, without the back-off between its runs."""

    def ended() -> bool:
        for one in chats:
            hasten(platform, one)
        return all(states(batches(platform, one)) == [end] for one in chats)

    platform.wait_until(ended, 120, what=f"the end {end} in {chats}")
    for one in chats:
        wait_for_end(platform, one, end)


def ever_shown(fakes: Fakes, chat: int) -> str:
    """All that stood in the chat at any time."""
    return "\n".join(one for message in fakes.telegram.chat(chat) for one in message.history)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param([failure(529), failure(529)], id="overloaded"),
        pytest.param([failure(429, retry_after=1)], id="rate limit"),
        pytest.param([failure(500)], id="server error"),
        pytest.param([broken("half an answer")], id="error after a 200"),
        pytest.param([truncated("half an answer")], id="hangs up in mid-stream"),
        pytest.param([malformed("half an answer")], id="malformed"),
    ],
)
def test_call_that_fails_is_made_again(platform: Platform, fakes: Fakes, chat: int, fault: list[Reply]) -> None:
    fakes.model.script(fault, when="fine?")
    platform.say(chat, "fine?")
    assert fakes.telegram.wait_for_text(chat, "answer to: fine?") == ["answer to: fine?"]
    wait_for_end(platform, chat, "done")
    assert states(runs(platform, chat)) == ["succeeded"]
    assert states(steps(platform, chat)) == ["failed"] * len(fault) + ["succeeded"]
    assert "half" not in ever_shown(fakes, chat)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(hang(), id="hangs"),
        pytest.param(stall("half an answer"), id="stalls"),
        pytest.param(ENDLESS, id="trickles for ever"),
    ],
)
def test_call_that_does_not_end_is_given_up(platform: Platform, fakes: Fakes, chat: int, fault: Reply) -> None:
    fakes.model.script([fault], when="there?")
    platform.say(chat, "there?")
    wait_impatiently(platform, "done", chat)
    assert fakes.telegram.texts(chat) == ["answer to: there?"]
    assert states(runs(platform, chat)) == ["failed", "succeeded"]
    assert "half" not in ever_shown(fakes, chat)


def test_answer_that_comes_slowly_is_waited_for(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([trickle("drop by drop", seconds=2)], when="slowly")
    platform.say(chat, "slowly")
    assert fakes.telegram.wait_for_text(chat, "drop by drop") == ["drop by drop"]
    wait_for_end(platform, chat, "done")
    assert states(runs(platform, chat)) == ["succeeded"]


def test_provider_that_names_a_time_is_left_alone_until_then(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([failure(529, retry_after=2)], when="later")
    platform.say(chat, "later")
    fakes.telegram.wait_for_text(chat, "answer to: later")
    first, second = fakes.model.select(MESSAGES)
    assert second.arrived - (first.answered or 0) >= 2


def test_fallback_model_answers_when_the_first_stays_overloaded(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.refuse(529, where=lambda call: call.body["model"] != "understudy")
    platform.say(chat, "anybody?")
    assert fakes.telegram.wait_for_text(chat, "answer to: anybody?") == ["answer to: anybody?"]
    wait_for_end(platform, chat, "done")
    asked = [prompt["model"] for prompt in fakes.model.requests]
    assert len(asked) > 2
    assert (asked[-1], "understudy" in asked[:-1]) == ("understudy", False)
    assert states(runs(platform, chat)) == ["succeeded"]


def test_conversation_that_is_too_long_is_shortened(platform: Platform, fakes: Fakes, chat: int) -> None:
    for ends, said in enumerate(("one", "two"), start=1):
        platform.say(chat, said)
        wait_for_end(platform, chat, *["done"] * ends)
    fakes.model.script([overflow()], when="three")
    platform.say(chat, "three")
    fakes.telegram.wait_for_text(chat, "three")
    refused, shortened = fakes.model.requests[2:]
    assert (len(refused["messages"]), len(shortened["messages"])) == (5, 1)
    wait_for_end(platform, chat, "done", "done", "done")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (text("I never said", "refusal"), "I can't help with that request."),
        (text("As far as it", "max_tokens"), "As far as it\n\n(The answer was cut here"),
    ],
    ids=["refusal", "max_tokens"],
)
def test_answer_that_is_none_is_explained(platform: Platform, fakes: Fakes, chat: int, said: Reply, shown: str) -> None:
    fakes.model.script([said], when="please")
    platform.say(chat, "please")
    [only] = fakes.telegram.wait_for_text(chat, shown)
    assert only.startswith(shown)
    wait_for_end(platform, chat, "done")


def test_tool_call_without_sense_goes_back_to_the_model(platform: Platform, fakes: Fakes, chat: int) -> None:
    calls = [
        tool("rm -rf", {}),
        tool("calculator", {"wrong": 1}),
        tool("calculator", {"expression": "6*"}),
        text("Oh."),
    ]
    fakes.model.script(calls, when="clumsy")
    platform.say(chat, "clumsy")
    assert fakes.telegram.wait_for_text(chat, "Oh.") == ["Oh."]
    wait_for_end(platform, chat, "done")
    assert [one["state"] for one in steps(platform, chat) if one["kind"] == "tool"] == ["failed"] * 3


@pytest.mark.slow
def test_failure_that_lasts_is_owned_up_to_once_and_the_chat_goes_on(
    platform: Platform, fakes: Fakes, chat: int
) -> None:
    chats = {chat * 100 + number: fault for number, fault in enumerate(LASTING.values())}
    for one, (reply, _, _) in chats.items():
        fakes.model.script([reply], when=f"poison {one}", forever=True)
        platform.say(one, f"poison {one} {'and on ' * 20}")
    wait_impatiently(platform, "failed", *chats)
    for one, (_, attempts, words) in chats.items():
        [told] = fakes.telegram.texts(one)
        assert told.startswith("Sorry, I could not answer that.")
        assert (words in told, states(runs(platform, one))) == (True, ["failed"] * attempts)
        assert told.endswith(f"Reference: {batches(platform, one)[0]['request_id']}")
        platform.say(one, "and now?")
    for one in chats:
        fakes.telegram.wait_for_text(one, "answer to: and now?")
        wait_for_end(platform, one, "failed", "done")
