"""A test message: whether the bot can write to somebody."""

from __future__ import annotations

from botplatform.pipeline.onboarding import calling
from transports.base import Conversation, ConversationKind

TEXT = "This is a test message from the operators' console: this bot is connected."


async def greet(bot_id: int, person_id: str) -> str:
    """Write to a person's private chat, whose id is the person's; the provider's id of the message.

    Raises TransportError with the provider's words (Telegram lets no bot write to somebody who never wrote to it), LookupError.
    """
    async with calling.bot(bot_id) as bot:
        to = Conversation(key=person_id, kind=ConversationKind.PRIVATE)
        return await bot.transport.send(to, bot.transport.render(TEXT)[0])
