"""Updates as Telegram sends them: https://core.telegram.org/bots/api#update."""

from __future__ import annotations

import json
import re
import time
from typing import Any

BOT_USERNAME = "helpful_bot"
BOT = {"id": 123456, "is_bot": True, "first_name": "Helpful", "username": BOT_USERNAME}

Update = dict[str, Any]


def now() -> int:
    return int(time.time())


def person(user: int, name: str = "Ada") -> dict[str, Any]:
    return {
        "id": user,
        "is_bot": False,
        "first_name": name,
        "last_name": "Lovelace",
        "username": f"{name.lower()}_{user}",
        "language_code": "en",
        "is_premium": True,
    }


def chat(chat_id: int) -> dict[str, Any]:
    """Positive ids are people, negative ones groups."""
    if chat_id > 0:
        return {
            "id": chat_id,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "username": f"ada_{chat_id}",
            "type": "private",
        }
    return {"id": chat_id, "title": "The analytical engineers", "type": "supergroup"}


def entities_of(text: str) -> list[dict[str, Any]]:
    """Mentions, commands and links, found as Telegram finds them; offsets in UTF-16 units."""
    patterns = {"bot_command": r"(?<!\S)/\w{1,32}(?:@\w+)?", "mention": r"(?<![\w/])@\w{4,32}", "url": r"https?://\S+"}
    found = [(match, kind) for kind, pattern in patterns.items() for match in re.finditer(pattern, text)]
    return [
        {"offset": _units(text[: match.start()]), "length": _units(match[0]), "type": kind}
        for match, kind in sorted(found, key=lambda one: one[0].start())
    ]


def text_update(update_id: int, chat_id: int, text: str, *, size_bytes: int = 0, **message: Any) -> Update:
    """A text message. `user` and `name` say by whom, `kind` makes it an `edited_message` and the like.

    `size_bytes`: quote an earlier answer of the bot that brings the update to about this size. The rest of the keywords
    are fields of the message and win over the generated ones.
    """
    kind, user, name = message.pop("kind", "message"), message.pop("user", None), message.pop("name", "Ada")
    body: dict[str, Any] = {
        "message_id": update_id % 1_000_000 + 1,
        "from": person(user or (chat_id if chat_id > 0 else 77), name),
        "chat": chat(chat_id),
        "date": now(),
        "text": text,
    }
    if entities := entities_of(text):
        body["entities"] = entities
    update: Update = {"update_id": update_id, kind: body | message}
    missing = size_bytes - len(json.dumps(update)) - 260
    if missing > 0:
        update[kind]["reply_to_message"] = quoted(chat_id, ("An earlier answer. " * (missing // 19 + 1))[:missing])
    return update


def quoted(chat_id: int, text: str, message_id: int = 4999) -> dict[str, Any]:
    """One of the bot's own messages, for `reply_to_message`."""
    return {"message_id": message_id, "from": dict(BOT), "chat": chat(chat_id), "date": now() - 60, "text": text}


def group_update(update_id: int, chat_id: int, text: str, *, user: int = 77, **message: Any) -> Update:
    """A message in a group. Write the mention into the text; `thread` puts it into a topic."""
    assert chat_id < 0
    if thread := message.pop("thread", None):
        message |= {"message_thread_id": thread, "is_topic_message": True}
    return text_update(update_id, chat_id, text, user=user, **message)


def edited_update(update_id: int, chat_id: int, message_id: int, text: str, **message: Any) -> Update:
    return text_update(
        update_id, chat_id, text, kind="edited_message", message_id=message_id, edit_date=now(), **message
    )


def callback_update(
    update_id: int,
    chat_id: int,
    data: str | None,
    *,
    message_id: int = 4999,
    user: int = 0,
    message: dict[str, Any] | None = None,
) -> Update:
    """A pressed button under one of the bot's messages, which `message` may give as it stands."""
    query: dict[str, Any] = {
        "id": str(4_000_000_000 + update_id),
        "from": person(user or abs(chat_id)),
        "message": message or quoted(chat_id, "Choose", message_id),
        "chat_instance": str(-7_000_000 - chat_id),
    }
    return {"update_id": update_id, "callback_query": query | ({} if data is None else {"data": data})}


def membership_update(update_id: int, chat_id: int, status: str, was: str = "member") -> Update:
    """`status` `kicked` is the person's block, `member` its end."""
    change = {
        "chat": chat(chat_id),
        "from": person(abs(chat_id)),
        "date": now(),
        "old_chat_member": {"user": dict(BOT), "status": was},
        "new_chat_member": {"user": dict(BOT), "status": status} | ({"until_date": 0} if status == "kicked" else {}),
    }
    return {"update_id": update_id, "my_chat_member": change}


def migration_update(update_id: int, chat_id: int, to: int) -> Update:
    """A group became a supergroup."""
    update = text_update(update_id, chat_id, "", migrate_to_chat_id=to)
    del update["message"]["text"]
    return update


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
