"""The methods of the Bot API that a fake Telegram knows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tests.fakes import telegram_updates as updates
from tests.fakes.telegram_buttons import NOT_MODIFIED, answer_callback_query, edit_message_reply_markup, keyboard
from tests.fakes.telegram_errors import BadRequest
from tests.fakes.telegram_parameters import Parameters, decoded, is_true, number
from tests.fakes.telegram_text import check_text

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram

_ACTIONS = """
    typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker
    find_location record_video_note upload_video_note
"""
_REACTIONS = """
    👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐
    🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾
    🤷\u200d♂ 🤷 🤷\u200d♀ 😡
"""
Method = Callable[["FakeTelegram", Parameters], Awaitable[Any]]


async def get_me(fake: FakeTelegram, parameters: Parameters) -> Any:
    return {
        **fake.me(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def send_message(fake: FakeTelegram, parameters: Parameters) -> Any:
    text, entities = check_text(_decoded(parameters))
    markup = keyboard(parameters)
    chat = fake.writable(parameters)
    reply = decoded(parameters.get("reply_parameters")) or {}
    message = fake.chats.send(
        chat,
        text,
        entities,
        reply_to=reply.get("message_id"),
        thread=number(parameters.get("message_thread_id")),
        markup=markup,
    )
    return fake.shown(message)


async def edit_message_text(fake: FakeTelegram, parameters: Parameters) -> Any:
    text, entities = check_text(_decoded(parameters), too_long="MESSAGE_TOO_LONG")
    markup = keyboard(parameters)
    chat = fake.writable(parameters, counted=False)
    message = fake.chats.find(chat, int(parameters.get("message_id") or 0))
    if message is None:
        raise BadRequest("message to edit not found")
    if (message.text, message.entities, message.markup) == (text, entities, markup):
        raise BadRequest(NOT_MODIFIED)
    fake.writable(parameters)
    with fake.lock:
        message.text, message.entities, message.markup = text, entities, markup
        message.history.append(text)
    return {**fake.shown(message), "edit_date": updates.now()}


async def delete_message(fake: FakeTelegram, parameters: Parameters) -> Any:
    chat = fake.writable(parameters, counted=False)
    if not fake.chats.remove(chat, int(parameters.get("message_id") or 0)):
        raise BadRequest("message to delete not found")
    return True


async def send_chat_action(fake: FakeTelegram, parameters: Parameters) -> Any:
    fake.writable(parameters, counted=False)
    if parameters.get("action") not in _ACTIONS.split():
        raise BadRequest("wrong parameter action in request")
    return True


async def set_message_reaction(fake: FakeTelegram, parameters: Parameters) -> Any:
    chat = fake.writable(parameters, counted=False)
    reactions = decoded(parameters.get("reaction")) or []
    emojis = [str(reaction.get("emoji")) for reaction in reactions]
    if not set(emojis) <= set(_REACTIONS.split()):
        raise BadRequest("REACTION_INVALID")
    with fake.lock:
        fake.reactions[chat, int(parameters["message_id"])] = emojis
    return True


async def set_webhook(fake: FakeTelegram, parameters: Parameters) -> Any:
    url, secret = str(parameters.get("url") or ""), str(parameters.get("secret_token") or "")
    if url and not url.startswith("https://"):
        raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise BadRequest("secret token contains unallowed characters")
    fake.queue.webhook = {**parameters, "allowed_updates": decoded(parameters.get("allowed_updates"))} if url else {}
    _drop_pending(fake, parameters)
    return True


async def delete_webhook(fake: FakeTelegram, parameters: Parameters) -> Any:
    fake.queue.webhook = {}
    _drop_pending(fake, parameters)
    return True


async def get_webhook_info(fake: FakeTelegram, parameters: Parameters) -> Any:
    webhook = fake.queue.webhook
    info = {"url": webhook.get("url", ""), "has_custom_certificate": False}
    info["pending_update_count"] = len(fake.queue.pending())
    if webhook:
        info["max_connections"] = number(webhook.get("max_connections")) or 40
    info |= fake.webhook_says
    return info | ({"allowed_updates": webhook["allowed_updates"]} if webhook.get("allowed_updates") else {})


async def set_my_commands(fake: FakeTelegram, parameters: Parameters) -> Any:
    commands = decoded(parameters.get("commands")) or []
    if any(not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "")) for command in commands):
        raise BadRequest("BOT_COMMAND_INVALID")
    fake.commands = commands
    return True


async def get_updates(fake: FakeTelegram, parameters: Parameters) -> Any:
    offset, limit, timeout = (number(parameters.get(name)) or 0 for name in ("offset", "limit", "timeout"))
    return await fake.queue.fetch(int(offset), int(limit) or 100, float(timeout))


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "sendChatAction": send_chat_action,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
    "getUpdates": get_updates,
}


def _drop_pending(fake: FakeTelegram, parameters: Parameters) -> None:
    if is_true(parameters.get("drop_pending_updates")):
        fake.queue.forget()


def _decoded(parameters: Parameters) -> Parameters:
    return {**parameters, "entities": decoded(parameters.get("entities"))}
