"""Questions with buttons as Telegram shows them, and their rows."""

from __future__ import annotations

from typing import Any

from tests.fakes.telegram_updates import callback_update
from tests.system.fakes import Fakes
from tests.system.oracle import Rows
from tests.system.platform import Platform


def approvals(platform: Platform, chat: int | str) -> Rows:
    return platform.sql(
        "SELECT a.* FROM botplatform_approval a JOIN botplatform_session s ON s.id = a.session_id WHERE s.key = %s ORDER BY a.id",
        str(chat),
    )


def asked(platform: Platform, fakes: Fakes, chat: int) -> dict[str, Any]:
    """Wait for the question; its message as Telegram shows it, with the data of its buttons by name."""

    def shown() -> Any:
        found = [message for message in fakes.telegram.chat(chat) if message.markup]
        return found[-1] if found else None

    message = platform.wait_until(shown, 30, what="a question with buttons")
    rows = message.markup["inline_keyboard"]
    return {"id": message.id, "data": {button["text"]: button["callback_data"] for row in rows for button in row}}


def press(platform: Platform, chat: int, question: dict[str, Any], button: str, *, by: int = 0) -> None:
    update = callback_update(
        platform.next_update_id(), chat, question["data"][button], message_id=question["id"], user=by
    )
    assert platform.post_telegram(update).status_code == 200
