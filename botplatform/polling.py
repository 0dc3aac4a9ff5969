"""How bots meet their provider at start: whose account it is, then a webhook, or polling through the same pipeline."""

from __future__ import annotations

import asyncio
import hashlib
import json

import psycopg
import structlog

from botplatform import reception
from botplatform.pipeline import bots, commands, db, intake
from botplatform.pipeline.onboarding import checking, delivering
from botplatform.pipeline.onboarding.delivering import Way, way_of
from transports.errors import TransportError
from transports.telegram import TelegramTransport

log = structlog.get_logger(__name__)

WAIT_SECONDS = 25
"""One long poll."""
AGAIN_SECONDS = (1, 2, 5, 15, 30)
CHECK_SECONDS = 10.0
"""How often the list of bots is looked at again."""

LOOK_SECONDS = 180.0
"""How often each provider is asked how its deliveries go."""
LOOKS = 4
"""Providers asked at the same time."""

_BOTS = """
    SELECT id, md5(concat_ws(' ', credentials, api_url, delivery)) AS version FROM botplatform_bot WHERE enabled ORDER BY id"""
_IDENTITY = """
    UPDATE botplatform_bot SET account_id = %(account)s, username = coalesce(nullif(%(name)s, ''), username), problem = '',
        updated_at = now()
    WHERE id = %(id)s AND (account_id, problem) IS DISTINCT FROM (%(account)s, '') OR id = %(id)s AND username <> %(name)s"""
_PROBLEM = "UPDATE botplatform_bot SET problem = %s WHERE id = %s"


async def connect_bots() -> None:
    """Connect every enabled bot, anew when its credentials change; let go of disabled ones. Ends by being cancelled."""
    tasks: dict[tuple[int, str], asyncio.Task[None]] = {}
    looking = asyncio.create_task(_keep_looking())
    try:
        while True:
            try:
                enabled = {(row["id"], row["version"]) for row in await db.rows(_BOTS)}
                for gone in tasks.keys() - enabled:
                    tasks.pop(gone).cancel()
                for bot_id, version in enabled - tasks.keys():
                    bots.forget(bot_id)
                    tasks[bot_id, version] = asyncio.create_task(_connect(bot_id))
            except (psycopg.Error, TimeoutError, OSError) as error:
                log.warning("bots.not_listed", error=type(error).__name__)
            await asyncio.sleep(CHECK_SECONDS)
    finally:
        for task in (looking, *tasks.values()):
            task.cancel()
        await asyncio.gather(looking, *tasks.values(), return_exceptions=True)


async def _connect(bot_id: int) -> None:
    """Identify, then register or poll; starts over with a back-off when the provider is away."""
    failures = 0
    while True:
        try:
            bot = await bots.by_id(bot_id)
            await _identify(bot)
            if isinstance(bot.transport, TelegramTransport):
                await _receive_from_telegram(await bots.by_id(bot_id))
            elif bot.transport.account.options.get("app_id") and await delivering.is_open(bot_id):
                await delivering.register(bot_id)
            return
        except TransportError as error:
            log.warning("bot.not_connected", bot=bot_id, error=str(error))
            await _note(bot_id, str(error))
        except (psycopg.Error, TimeoutError, OSError, LookupError) as error:
            log.warning("bot.not_connected", bot=bot_id, error=type(error).__name__)
        await asyncio.sleep(AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS) - 1)])
        failures += 1


async def _keep_looking() -> None:
    """Ask each provider from time to time what it says of the webhook; a token that was revoked is noticed by that too."""
    while True:
        try:
            found = await checking.due(LOOK_SECONDS)
            for some in range(0, len(found), LOOKS):
                await asyncio.gather(*map(_look, found[some : some + LOOKS]))
        except (psycopg.Error, TimeoutError, OSError) as error:
            log.warning("bots.not_listed", error=type(error).__name__)
        await asyncio.sleep(CHECK_SECONDS)


async def _look(bot_id: int) -> None:
    try:
        await checking.check(bot_id)
    except (psycopg.Error, TimeoutError, OSError, LookupError) as error:
        log.warning("bot.not_checked", bot=bot_id, error=type(error).__name__)


async def _note(bot_id: int, problem: str) -> None:
    try:
        await db.change(_PROBLEM, (problem, bot_id))
    except (psycopg.Error, TimeoutError, OSError) as error:
        log.warning("bot.problem_not_noted", bot=bot_id, error=type(error).__name__)


async def _identify(bot: bots.BotRow) -> None:
    if not bot.transport.account.token and not bot.transport.account.options.get("app_id"):
        return
    who = await bot.transport.identify()
    values = {"id": bot.id, "account": who.account_id, "name": who.username}
    if await db.change(_IDENTITY, values):
        bots.forget(bot.id)
    log.info("bot.identified", bot=f"{bot.transport_name}/{bot.slug}", username=who.username)


async def _receive_from_telegram(bot: bots.BotRow) -> None:
    way, transport = way_of(bot.transport_name, bot.delivery), bot.transport
    if not isinstance(transport, TelegramTransport) or way is Way.NONE or not transport.account.token:
        return
    await transport.set_commands(commands.menu())
    if way is Way.WEBHOOK:
        await delivering.register(bot.id)
        log.info("bot.webhook_registered", bot=bot.slug)
        return
    await _poll(bot, transport)


async def _poll(bot: bots.BotRow, transport: TelegramTransport) -> None:
    """Poll while this process holds the bot's lock: one poller, however many processes there are."""
    async with await db.connect() as connection:
        while not await _elected(connection, bot):
            await asyncio.sleep(CHECK_SECONDS)
        await transport.delete_webhook()
        log.info("bot.polling", bot=bot.slug)
        offset: int | None = None
        while True:
            # Asking for `offset` confirms all before it, which by then is committed.
            for body in await transport.fetch_updates(offset, WAIT_SECONDS):
                bot = await bots.by_id(bot.id)  # its allow-list and name may have changed
                await reception.receive(bot, intake.arrival(bot, {}, body))
                offset = json.loads(body)["update_id"] + 1
            await connection.execute(b"SELECT 1")  # the lock lives as long as this connection


async def _elected(connection: db.Connection, bot: bots.BotRow) -> bool:
    name = hashlib.sha256(f"poller:{bot.transport_name}:{bot.transport.account.account_id or bot.id}".encode()).digest()
    key = int.from_bytes(name[:8], signed=True)
    row = await (await connection.execute(b"SELECT pg_try_advisory_lock(%s) AS won", (key,))).fetchone()
    return bool(row and row["won"])
