"""A Bot API server: https://core.telegram.org/bots/api.

As a process: `python -m tests.fakes.telegram [--port P] [--strict]`.
"""

from __future__ import annotations

import argparse
import re
from typing import Any

from tests.fakes import telegram_updates as updates
from tests.fakes.calls import Call
from tests.fakes.process import serve
from tests.fakes.rules import Refuse, Response, json_response
from tests.fakes.server import Fake
from tests.fakes.telegram_buttons import Answered, data_of
from tests.fakes.telegram_chats import Chats, Message, Quotas
from tests.fakes.telegram_errors import BadRequest, Failure, error
from tests.fakes.telegram_methods import METHODS, Method
from tests.fakes.telegram_parameters import number
from tests.fakes.telegram_queue import UpdateQueue
from tests.fakes.wire import Request

_PATH = re.compile(r"/bot(\d+:[\w-]+)/(\w+)")


class FakeTelegram(Fake):
    """Names of calls are the methods. `strict` enforces Telegram's rate limits; `token` refuses all others."""

    kind = "telegram"

    def __init__(
        self, port: int = 0, *, token: str = "", username: str = updates.BOT_USERNAME, strict: bool = False
    ) -> None:
        super().__init__(port)
        self.token = token
        self.username = username
        self.strict = strict
        self.chats = Chats(self.lock)
        self.queue = UpdateQueue(self.lock, self.run)
        self.commands: list[dict[str, str]] = []
        self.blocked: set[int] = set()
        """Chats whose person has blocked the bot."""
        self.reactions: dict[tuple[int, int], list[str]] = {}
        """The bot's reactions by chat and message."""
        self.callback_answers: list[Answered] = []
        """Answers to pressed buttons, in order."""
        self.revoked: set[str] = set()
        """Tokens that are refused from now on."""
        self.webhook_says: dict[str, Any] = {}
        """More of what getWebhookInfo tells, such as the last error."""
        self._quotas = Quotas()

    # -- for tests

    def chat(self, chat: int) -> list[Message]:
        """The bot's messages as a person sees them now, in order."""
        return self.chats.messages(chat)

    def texts(self, chat: int) -> list[str]:
        return [message.text for message in self.chat(chat)]

    def wait_for_text(self, chat: int, text: str, timeout: float = 30.0) -> list[str]:
        """Wait until a message of the chat contains a text; returns all texts of the chat."""
        return self.wait_until(
            lambda: self.texts(chat), timeout, enough=lambda texts: any(text in one for one in texts)
        )

    def push(self, update: dict[str, Any]) -> None:
        """Queue an update for getUpdates."""
        self.queue.push(update)

    def pressed(
        self, update_id: int, message: Message, button: str, *, user: int = 0, data: str = ""
    ) -> updates.Update:
        """The update of a press: of the button so labelled or, with `data`, of one that the message no longer shows."""
        return updates.callback_update(
            update_id, message.chat, data or data_of(message, button), user=user, message=self.shown(message)
        )

    def press(self, update_id: int, message: Message, button: str, **rest: Any) -> updates.Update:
        """Press a button where updates are fetched; what is delivered by webhook is built with `pressed`."""
        update = self.pressed(update_id, message, button, **rest)
        self.push(update)
        return update

    def too_many(self, retry_after: int, name: str = "*", **rule: Any) -> Refuse:
        """Answer 429 with `retry_after` seconds."""
        body = error(429, f"retry after {retry_after}", retry_after=retry_after)
        return self.refuse(429, name, body=body, headers={"retry-after": str(retry_after)}, **rule)

    def bad_request(self, description: str, name: str = "*", **rule: Any) -> Refuse:
        return self.refuse(400, name, body=error(400, description), **rule)

    def error_body(self, status: int) -> Any:
        return error(status)

    def configure(self, **options: Any) -> None:
        """Takes `strict`."""
        self.strict = bool(options.pop("strict", self.strict))
        if options:
            super().configure(**options)

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self.callback_answers.clear()
            self.revoked.clear()
            self.webhook_says.clear()

    # -- serving

    def describe(self, request: Request, body: Any) -> tuple[str, int | str | None, str]:
        found = _PATH.fullmatch(request.path)
        parameters = body if isinstance(body, dict) else request.query
        text, chat = parameters.get("text"), parameters.get("chat_id")
        return found[2] if found else request.path, number(chat), text if isinstance(text, str) else ""

    async def answer(self, request: Request, call: Call) -> Response:
        parameters = {**request.query, **(call.body if isinstance(call.body, dict) else {})}
        try:
            result = await self._method(request)(self, parameters)
        except Failure as failure:
            return json_response(failure.body, failure.status)
        return json_response({"ok": True, "result": result})

    def _method(self, request: Request) -> Method:
        found = _PATH.fullmatch(request.path)
        if found is None or found[2] not in METHODS:
            raise Failure(404)
        if self.token not in ("", found[1]) or found[1] in self.revoked:
            raise Failure(401)
        self.bot_id = int(found[1].split(":")[0])
        return METHODS[found[2]]

    def me(self) -> dict[str, Any]:
        return {"id": self.bot_id, "is_bot": True, "first_name": "Helpful", "username": self.username}

    def writable(self, parameters: dict[str, Any], *, counted: bool = True) -> int:
        """The chat to write to. Raises Failure if nobody may write there now."""
        chat = number(parameters.get("chat_id"))
        if not isinstance(chat, int):
            raise BadRequest("chat_id is empty" if chat is None else "chat not found")
        if chat in self.blocked:
            raise Failure(403, "bot was blocked by the user")
        if counted and self.strict and (seconds := self._quotas.wait_seconds(chat)):
            raise Failure(429, f"retry after {seconds}", retry_after=seconds)
        return chat

    def shown(self, message: Message) -> dict[str, Any]:
        """A message as Telegram returns it."""
        chat = updates.chat(message.chat)
        shown = {"message_id": message.id, "from": self.me(), "chat": chat, "date": updates.now(), "text": message.text}
        rest = {"entities": message.entities, "reply_markup": message.markup}
        return shown | {name: value for name, value in rest.items() if value}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--strict", action="store_true")
    given = parser.parse_args()
    serve(FakeTelegram(given.port, strict=given.strict))


if __name__ == "__main__":
    main()
