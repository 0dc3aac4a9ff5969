"""What an operator may do about a bot's connection."""

from __future__ import annotations

from botplatform.admin.bot_wizard import state
from botplatform.admin.bot_wizard.access import CHANGE
from botplatform.admin.operations import Operation, Result
from botplatform.models import Bot
from botplatform.pipeline.nudging import AT_ONCE, Nudges
from botplatform.pipeline.onboarding import calling, checking, delivering, resending, rotating
from botplatform.pipeline.onboarding.delivering import Way, way_of
from transports.errors import TransportError
from transports.telegram import TelegramTransport


async def _check(bot_id: int, by: str) -> Result:
    try:
        complaint = await checking.check(bot_id)
    except LookupError as error:
        return Result(False, f"cannot be checked: {error}")
    return Result(
        not complaint, f"was not well received: {complaint}" if complaint else "was checked: the provider answers"
    )


async def _register(bot_id: int, by: str) -> Result:
    try:
        told = await _tell(bot_id)
        await checking.check(bot_id)
    except (TransportError, LookupError) as error:
        return Result(False, f"was not registered: {error}")
    return Result(bool(told), told or "has a webhook that only somebody at the provider can change")


async def _tell(bot_id: int) -> str:
    """What was done; empty where nothing can be."""
    async with calling.bot(bot_id) as bot:
        way, transport = way_of(bot.name, bot.delivery), bot.transport
        if way is Way.POLLING and isinstance(transport, TelegramTransport):
            await transport.delete_webhook()
            return "has no webhook any more, and is polled"
    if way is Way.NONE:
        return ""
    return "is registered with the provider" if await delivering.register(bot_id) else ""


async def _has_told(bot_id: int, by: str) -> Result:
    done = await rotating.person_has_told(bot_id)
    return Result(
        done, "takes the old webhook secret for 15 more minutes" if done else "has no secret that is still to be told"
    )


async def _resend(bot_id: int, by: str) -> Result:
    resent = await resending.send_unsent(bot_id, by=by)

    def note(nudges: Nudges) -> None:
        for session_id in resent.sessions:
            nudges.delivery(session_id, AT_ONCE)

    words = f"has {resent.count} {'reply' if resent.count == 1 else 'replies'} to be sent again"
    return Result(resent.count > 0, words if resent.count else "has nothing that failed over its credentials", note)


def _is_live(bot: Bot) -> bool:
    return bot.transport in state.LIVE


def _awaits_word(bot: Bot) -> bool:
    found = state.rotation(bot)
    return found is not None and not found.told and found.teller == rotating.Teller.PERSON


CHECK = Operation(
    "check", "Check now", CHANGE, "The provider is asked how deliveries go.", _check, _is_live, confirm=False
)
REGISTER = Operation(
    "register", "Register the webhook again", CHANGE,
    "The provider is told this installation's address and the bot's current secret. What is pending stays.",
    _register, _is_live, confirm=False,
)  # fmt: skip
HAS_TOLD = Operation(
    "has_told", "The provider has the new secret", CHANGE,
    "The old webhook secret counts for 15 more minutes, then deliveries signed with it are refused.",
    _has_told, _awaits_word,
)  # fmt: skip
RESEND = Operation(
    "send_unsent", "Send what failed", CHANGE,
    "Replies that failed because the provider did not take the credentials are sent as they are; no model is asked.",
    _resend, lambda bot: _is_live(bot) and not bot.problem and state.failed_unsent(bot) > 0,
)  # fmt: skip
CONNECTION = (CHECK, REGISTER, HAS_TOLD, RESEND)
