"""One request id from the delivery to the reply, through both processes, and into what the person reads."""

from __future__ import annotations

from tests.fakes.model_replies import failure
from tests.system.fakes import Fakes
from tests.system.platform import Platform


def test_every_line_about_an_update_carries_its_request_id(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = platform.say(chat, "hello")
    fakes.telegram.wait_for_text(chat, "answer to: hello")
    request = platform.explain(update)["update"]["request_id"]
    for event in ("update.accepted", "batch.claimed", "run.succeeded", "reply.sent"):
        platform.wait_until(
            lambda event=event: request in {line.get("request_id") for line in platform.events(event)}, what=event
        )


def test_the_reference_a_person_reads_is_the_request_id(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([failure(401)], when="please fail", forever=True)
    update = platform.say(chat, "please fail")
    request = platform.explain(update)["update"]["request_id"]
    fakes.telegram.wait_until(lambda: any(f"Reference: {request}" in text for text in fakes.telegram.texts(chat)), 30)
    failed = [line for line in platform.events("llm.call_failed") if line["request_id"] == request]
    assert failed[0]["retryable"] is False
    assert failed[0]["attempts"] == 1


def test_commands_keep_their_request_id(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = platform.say(chat, "/help", entities=[{"type": "bot_command", "offset": 0, "length": 5}])
    request = platform.explain(update)["update"]["request_id"]
    platform.wait_until(lambda: request in {line.get("request_id") for line in platform.events("reply.sent")})
    assert "/clear" in fakes.telegram.texts(chat)[0]
