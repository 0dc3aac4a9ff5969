"""Telegram, through the Bot API: https://core.telegram.org/bots/api"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from transports.base import Account, Button, Conversation, Features, Headers, Identity, InboundUpdate, Part, Transport
from transports.errors import FormattingRefused, MessageGone, OutcomeUnknown, Refused, VerificationFailed
from transports.http import Http, Publish
from transports.telegram.addressing import Me
from transports.telegram.api import BotApi
from transports.telegram.footer import with_footer
from transports.telegram.markdown import render_markdown
from transports.telegram.parsing import ALLOWED_UPDATES, parse_update
from transports.telegram.places import number, where, which
from transports.telegram.telling import notes_on, state_of
from transports.webhooks import WebhookState

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
CALLBACK_TEXT_LIMIT = 200
"""https://core.telegram.org/bots/api#answercallbackquery"""
WEBHOOK_CONNECTIONS = 40
POLL_GRACE_SECONDS = 10.0
"""How much longer than the long poll itself the HTTP call may take."""


class TelegramTransport(Transport):
    """One bot of Telegram's."""

    name = "telegram"
    features = Features(
        body_limit_bytes=1_000_000,
        placeholder=True,
        progress_seconds=5.0,
        shared_progress_seconds=15.0,
        per_second=1.0,
        shared_per_minute=20,
        buttons=True,
        polls=True,
    )

    def __init__(self, account: Account, http: Http, publish: Publish | None = None) -> None:
        super().__init__(account, http, publish)
        self._api = BotApi(account, http)
        account_id = account.account_id or account.token.partition(":")[0]
        self._me = Me(id=account_id, username=account.username.removeprefix("@").lower())

    # -- in

    def verify(self, headers: Headers, body: bytes) -> None:
        given = headers.get(SECRET_HEADER, "").encode("latin-1", "replace")
        fits = [hmac.compare_digest(given, secret.encode()) for secret in self.account.secrets_now()]
        if not any(fits):
            raise VerificationFailed("the secret token is missing or wrong")

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        return parse_update(body, self._me)

    # -- out

    def render(self, markdown: str) -> list[Part]:
        return render_markdown(markdown)

    def with_footer(self, parts: Sequence[Part], title: str, text: str) -> list[Part]:
        return with_footer(parts, title, text)

    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        message = await self._write(
            "sendMessage",
            part,
            **where(to),
            # The message replied to may have been deleted meanwhile: the answer is still wanted.
            reply_parameters={"message_id": number(reply_to), "allow_sending_without_reply": True}
            if reply_to
            else None,
        )
        if not isinstance(message, dict) or type(message.get("message_id")) is not int:
            raise OutcomeUnknown("the answer names no message")
        return str(message["message_id"])

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        try:
            await self._write("editMessageText", part, **which(to, message_id))
        except Refused as error:
            words = str(error).lower()
            if "message is not modified" in words:
                return
            if "message to edit not found" in words or "can't be edited" in words or "message_id_invalid" in words:
                raise MessageGone(str(error)) from None
            raise

    async def delete(self, to: Conversation, message_id: str) -> None:
        await _unless("message to delete not found", self._api.call("deleteMessage", **which(to, message_id)))

    async def typing(self, to: Conversation) -> None:
        await self._api.call("sendChatAction", **where(to), action="typing")

    async def react(self, to: Conversation, message_id: str, reaction: str) -> None:
        reactions = [{"type": "emoji", "emoji": reaction}] if reaction else []
        await self._api.call("setMessageReaction", **which(to, message_id), reaction=reactions)

    async def answer_callback(self, callback_id: str, text: str = "", *, alert: bool = False) -> None:
        said: dict[str, Any] = {"text": text[:CALLBACK_TEXT_LIMIT], "show_alert": alert or None}
        await _unless("query is too old", self._api.call("answerCallbackQuery", callback_query_id=callback_id, **said))

    async def identify(self) -> Identity:
        me = await self._api.call("getMe")
        if not isinstance(me, dict) or type(me.get("id")) is not int:
            raise OutcomeUnknown("the answer names no account")
        return Identity(str(me["id"]), str(me.get("username", "")), str(me.get("first_name", "")), notes_on(me))

    # -- how updates arrive

    async def set_webhook(self, url: str) -> None:
        """Have updates delivered to `url`, with the account's secret; pending ones are kept."""
        await self._api.call(
            "setWebhook",
            url=url,
            secret_token=self.account.secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=WEBHOOK_CONNECTIONS,
            drop_pending_updates=False,
        )

    async def register_webhook(self, url: str) -> bool:
        await self.set_webhook(url)
        return True

    async def webhook_state(self) -> WebhookState:
        return state_of(await self.webhook_info())

    async def delete_webhook(self) -> None:
        """Stop delivery; pending updates wait to be polled."""
        await self._api.call("deleteWebhook", drop_pending_updates=False)

    async def webhook_info(self) -> dict[str, Any]:
        """Telegram's view of the webhook: https://core.telegram.org/bots/api#webhookinfo"""
        info = await self._api.call("getWebhookInfo")
        return info if isinstance(info, dict) else {}

    async def fetch_updates(self, offset: int | None, wait_seconds: int) -> list[bytes]:
        """Wait for updates from number `offset` on; each as the body that `parse` takes.

        Asking for an offset confirms everything before it: ask only for what follows the last committed update.
        """
        updates = await self._api.call(
            "getUpdates",
            within_seconds=wait_seconds + POLL_GRACE_SECONDS,
            timeout=wait_seconds,
            offset=offset,
            allowed_updates=ALLOWED_UPDATES,
        )
        if not isinstance(updates, list):
            raise OutcomeUnknown("the answer holds no updates")
        return [json.dumps(update).encode() for update in updates]

    async def set_commands(self, commands: Mapping[str, str]) -> None:
        """Fill the command menu: name without slash → what it does."""
        menu = [{"command": name, "description": description} for name, description in commands.items()]
        await self._api.call("setMyCommands", commands=menu)

    async def _write(self, method: str, part: Part, **parameters: Any) -> Any:
        """Send text with its entities and buttons; if Telegram refuses the entities, the same text plain.

        An edit that names no keyboard takes a standing one away.
        """
        parameters |= {"text": part.text, "link_preview_options": {"is_disabled": True}}
        parameters["reply_markup"] = _keyboard(part.buttons)
        try:
            return await self._api.call(method, **parameters, entities=list(part.formatting) or None)
        except FormattingRefused:
            return await self._api.call(method, **parameters)


async def _unless(words: str, call: Awaitable[Any]) -> None:
    """Await a call; a refusal in these words means that there was nothing left to do."""
    try:
        await call
    except Refused as error:
        if words not in str(error).lower():
            raise


def _keyboard(rows: Sequence[Sequence[Button]]) -> dict[str, Any] | None:
    """https://core.telegram.org/bots/api#inlinekeyboardmarkup"""
    shown = [[{"text": one.text, "callback_data": one.data} for one in row] for row in rows if row]
    return {"inline_keyboard": shown} if shown else None
