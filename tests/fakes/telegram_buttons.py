"""Inline keyboards and what happens when somebody presses a button.

https://core.telegram.org/bots/api#inlinekeyboardbutton and #answercallbackquery; wording as the Bot API server sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes import telegram_updates as updates
from tests.fakes.telegram_chats import Message
from tests.fakes.telegram_errors import BadRequest
from tests.fakes.telegram_parameters import Parameters, decoded, is_true
from tests.fakes.telegram_text import units

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram

MAX_DATA_BYTES = 64
MAX_ANSWER_UNITS = 200
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
_KINDS = ("url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat", "copy_text", "pay")
"""What a button may do instead of sending data; not looked into here."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to a pressed button."""

    query: str
    text: str
    alert: bool


def keyboard(parameters: Parameters) -> Any:
    """The reply markup that a message keeps, None without one. Raises BadRequest."""
    markup = decoded(parameters.get("reply_markup"))
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        return markup or None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadRequest('field "inline_keyboard" must be of type Array of Arrays')
    for button in (button for row in rows for button in row):
        _check_button(button)
    shown = [row for row in rows if row]
    return {"inline_keyboard": shown} if shown else None


def _check_button(button: Any) -> None:
    text = button.get("text") if isinstance(button, dict) else None
    if not isinstance(text, str):
        why = 'Can\'t find field "text"' if text is None else 'Field "text" must be of type String'
        raise BadRequest(f"can't parse inline keyboard button: {why}")
    data = button.get("callback_data")
    if not data and not any(kind in button for kind in _KINDS):
        raise BadRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if data and (not isinstance(data, str) or len(data.encode()) > MAX_DATA_BYTES):
        raise BadRequest("BUTTON_DATA_INVALID")


def data_of(message: Message, button: str) -> str:
    """The data behind a button's label. Raises LookupError when the message shows no such button."""
    rows = (message.markup or {}).get("inline_keyboard", [])
    data = {one["text"]: one.get("callback_data") for row in rows for one in row}
    if not data.get(button):
        raise LookupError(f"no button {button!r} under message {message.id}, only {list(data)}")
    return str(data[button])


async def edit_message_reply_markup(fake: FakeTelegram, parameters: Parameters) -> Any:
    markup = keyboard(parameters)
    chat = fake.writable(parameters, counted=False)
    message = fake.chats.find(chat, int(parameters.get("message_id") or 0))
    if message is None:
        raise BadRequest("message to edit not found")
    if message.markup == markup:
        raise BadRequest(NOT_MODIFIED)
    fake.writable(parameters)
    with fake.lock:
        message.markup = markup
    return {**fake.shown(message), "edit_date": updates.now()}


async def answer_callback_query(fake: FakeTelegram, parameters: Parameters) -> Any:
    query, text = str(parameters.get("callback_query_id") or ""), str(parameters.get("text") or "")
    if not query:
        raise BadRequest("query is too old and response timeout expired or query ID is invalid")
    if units(text) > MAX_ANSWER_UNITS:
        raise BadRequest("MESSAGE_TOO_LONG")
    with fake.lock:
        fake.callback_answers.append(Answered(query, text, is_true(parameters.get("show_alert"))))
    return True
