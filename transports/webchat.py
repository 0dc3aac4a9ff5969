"""The web chat: messages come from signed-in pages, answers are published to every page of their conversation."""

from __future__ import annotations

import uuid
from typing import Any

import structlog

from transports.base import Conversation, Features, Part
from transports.http import before_sending
from transports.live import LiveTransport, title_of

log = structlog.get_logger(__name__)


class WebChatTransport(LiveTransport):
    """What it publishes is a live view and may get lost; pages read the conversation from the database.

    A stored reply is shown under the id that its marker gives, however often it is sent: sending again is safe, which
    is what `findable` tells. Events: `{"kind": "text", "id", "text", "final", "buttons", "title"}` (with a title it is
    folded under that, and plain), `{"kind": "typing"}`, `{"kind": "deleted", "id"}`, `{"kind": "said", "id", "text"}`,
    `{"kind": "toast", "id", "text", "alert"}` for a pressed button by the id of its press.
    """

    name = "webchat"
    features = Features(placeholder=True, streams=True, per_second=0, findable=True, buttons=True)

    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        message_id = marker or uuid.uuid4().hex
        await self._show(to, _text(message_id, part, final=bool(marker)))
        return message_id

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        await self._show(to, _text(message_id, part, final=final))

    async def delete(self, to: Conversation, message_id: str) -> None:
        await self._show(to, {"kind": "deleted", "id": message_id})

    async def typing(self, to: Conversation) -> None:
        await self._show(to, {"kind": "typing"})

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        """Shows the text on every page of the conversation, which `callback_id` names before the id of the press."""
        key, _, press_id = callback_id.rpartition(" ")
        await self._show(Conversation(key), {"kind": "toast", "id": press_id, "text": text, "alert": alert})

    async def said(self, to: Conversation, message_id: str, text: str) -> None:
        """Show a person's message on the other pages of the conversation."""
        await self._show(to, {"kind": "said", "id": message_id, "text": text})

    async def _show(self, to: Conversation, event: dict[str, Any]) -> None:
        if check := before_sending.get():
            check()
        if self.publish is None:
            return
        try:
            await self.publish(to.key, event)
        except Exception as error:  # noqa: BLE001 - however events travel: without them, pages ask the database
            log.info("chat.not_live", kind=event["kind"], error=type(error).__name__)


def _text(message_id: str, part: Part, *, final: bool) -> dict[str, Any]:
    return {
        "kind": "text",
        "id": message_id,
        "text": part.text,
        "final": final,
        "buttons": [[{"text": one.text, "data": one.data} for one in row] for row in part.buttons],
        "title": title_of(part.formatting),
    }
