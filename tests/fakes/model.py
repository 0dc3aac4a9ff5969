"""A Messages API server: https://docs.claude.com/en/api/messages.

As a process: `python -m tests.fakes.model [--port P] [--streaming LOW HIGH] [--pieces N]`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.fakes.calls import Call
from tests.fakes.model_prompts import asked_now, complaint, last_user_text
from tests.fakes.model_replies import Ending, Reply, failure, text
from tests.fakes.model_routing import CLASSIFY, SIMPLE, classified, is_classification, message_of
from tests.fakes.model_scripts import Scripts
from tests.fakes.model_stream import envelope, stream
from tests.fakes.process import serve
from tests.fakes.rules import Hold, Response, json_response
from tests.fakes.server import Fake
from tests.fakes.wire import Request

MESSAGES = "POST /v1/messages"
Default = Callable[[dict[str, Any]], Reply]
Classification = Mapping[str, Any] | Reply
"""Its fields, or any other reply."""


def echo(prompt: dict[str, Any]) -> Reply:
    return text(f"answer to: {last_user_text(prompt)}")


class FakeModel(Fake):
    """The name of a call for an answer is `POST /v1/messages`; `Call.text` is the last user text of its prompt.

    That of a call for a classification is CLASSIFY, and its text the message to classify. Neither `calls` nor
    `requests` have it, scripts for answers are not for it, and rules only where they say `CLASSIFY`.
    """

    kind = "model"

    def __init__(self, port: int = 0, *, key: str = "") -> None:
        super().__init__(port)
        self.key = key
        """Refuse all other keys; empty accepts any."""
        self.default: Default = echo
        """Answers when no script does."""
        self.classification: Classification | Callable[[str], Classification] = SIMPLE
        """What requests for a classification are told when no script says otherwise, if need be by the message."""
        self._scripts = Scripts[Reply]()
        self._classifying = Scripts[Classification]()
        self._seconds = (0.0, 0.0)
        self._pieces = 0
        self._served = 0

    # -- for tests

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The prompts of all calls, in order."""
        return [call.body for call in self.select(MESSAGES)]

    @property
    def classifications(self) -> list[dict[str, Any]]:
        """The prompts of all requests for a classification, which count as no call for an answer."""
        return [call.body for call in self.select(CLASSIFY)]

    def asked(self, text: str = "") -> list[list[str]]:
        """For each call whose last message is from the user and contains a text: the messages it answers together."""
        return [asked for prompt in self.requests if (asked := asked_now(prompt)) and text in "\n".join(asked)]

    def script(self, replies: Sequence[Reply], *, when: str = "", forever: bool = False) -> None:
        """Answer the next calls so, in order; `when`: only those whose last user text contains it.

        `forever` repeats the last reply. Scripts are tried oldest first; a call that none answers gets `default`.
        """
        with self.lock:
            self._scripts.add(replies, when, forever)

    def classify(self, replies: Sequence[Classification], *, when: str = "", forever: bool = False) -> None:
        """Answer the next requests for a classification so: with its fields, or with any reply, such as `hang()`.

        `when`: only those about a message that contains it. `forever` repeats the last one.
        """
        with self.lock:
            self._classifying.add(replies, when, forever)

    def streaming(self, low: float, high: float, *, pieces: int = 20) -> None:
        """Let every reply that has no pace of its own stream over so many seconds, drawn at random."""
        self._seconds, self._pieces = (low, high), pieces

    def instant(self) -> None:
        self._seconds, self._pieces = (0.0, 0.0), 0

    def hold_text(self, text: str = "", *, after_bytes: int | None = None, times: int | None = None) -> Hold:
        """Pin calls whose last user text contains a text: before anything, or after so many bytes of the answer."""
        return self.hold(MESSAGES, text=text, after_bytes=after_bytes, times=times)

    def reset(self) -> None:
        """Also forget scripts, a default and a classification of one's own; the pace stays."""
        super().reset()
        with self.lock:
            self._scripts.clear()
            self._classifying.clear()
            self.default = echo
            self.classification = SIMPLE

    def error_body(self, status: int) -> Any:
        reply = failure(status)
        return {"type": "error", "error": {"type": reply.error, "message": reply.message}, "request_id": "req_refused"}

    def configure(self, **options: Any) -> None:
        """Takes `streaming` [low, high], `pieces`, or `instant`; and `classification`."""
        self.classification = options.pop("classification", self.classification)
        if options.pop("instant", False):
            self.instant()
        if seconds := options.pop("streaming", None):
            self.streaming(*seconds, pieces=options.pop("pieces", 20))
        if options:
            super().configure(**options)

    # -- serving

    def describe(self, request: Request, body: Any) -> tuple[str, int | str | None, str]:
        path = "/v1/messages" if request.path.endswith("/v1/messages") else request.path
        if path == "/v1/messages" and is_classification(body):
            return CLASSIFY, None, message_of(body)
        return f"{request.method} {path}", None, last_user_text(body)

    def is_apart(self, call: Call) -> bool:
        return call.name == CLASSIFY

    async def answer(self, request: Request, call: Call) -> Response:
        self._served += 1
        request_id = f"req_{self._served:024d}"
        if not self._may(request):
            return self._refused(failure(401), request_id)
        if call.name.startswith("GET /v1/models"):
            return json_response({"data": [], "has_more": False, "first_id": None, "last_id": None})
        if call.name not in (MESSAGES, CLASSIFY):
            return self._refused(failure(404, "Not found"), request_id)
        if problem := complaint(call.body):
            return self._refused(failure(400, problem), request_id)
        return await self._replied(self._reply(call), call.body, request_id)

    async def _replied(self, reply: Reply, prompt: dict[str, Any], request_id: str) -> Response:
        if reply.status != 200:
            return self._refused(reply, request_id)
        if reply.ending is Ending.SILENT and not reply.content:
            await asyncio.Event().wait()
        message = envelope(reply, prompt, f"msg_{self._served:022d}")
        if prompt.get("stream"):
            headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
            return Response(200, stream(reply, message), headers | {"request-id": request_id})
        return await self._at_once(reply, message, request_id)

    async def _at_once(self, reply: Reply, message: dict[str, Any], request_id: str) -> Response:
        await asyncio.sleep(reply.seconds)
        whole = json_response(message, headers={"request-id": request_id})
        if reply.ending is Ending.MALFORMED and isinstance(whole.body, bytes):
            whole.body = whole.body[: len(whole.body) // 2]
        return whole

    def _reply(self, call: Call) -> Reply:
        if call.name == CLASSIFY:
            return self._classified(call)
        with self.lock:
            scripted = self._scripts.next(call.text)
        reply = scripted or self.default(call.body)
        if self._pieces and not reply.seconds:
            reply = reply.but(seconds=random.uniform(*self._seconds), pieces=self._pieces)
        return reply

    def _classified(self, call: Call) -> Reply:
        with self.lock:
            said = self._classifying.next(call.text)
        if said is None:
            said = self.classification(call.text) if callable(self.classification) else self.classification
        return said if isinstance(said, Reply) else classified(call.body, said)

    def _may(self, request: Request) -> bool:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = request.headers.get("x-api-key") or bearer
        return given == self.key if self.key else bool(given)

    def _refused(self, reply: Reply, request_id: str) -> Response:
        headers = {"request-id": request_id}
        if reply.retry_after is not None:
            headers["retry-after"] = f"{reply.retry_after:g}"
        error = {"type": reply.error, "message": reply.message}
        return json_response({"type": "error", "error": error, "request_id": request_id}, reply.status, headers)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--streaming", type=float, nargs=2, metavar=("LOW", "HIGH"), help="seconds")
    parser.add_argument("--pieces", type=int, default=20)
    given = parser.parse_args()
    fake = FakeModel(given.port)
    if given.streaming:
        fake.streaming(*given.streaming, pieces=given.pieces)
    serve(fake)


if __name__ == "__main__":
    main()
