"""Checks of settings, servers, credentials and webhooks, each with the mend for what is broken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg

from agents.base import AgentError
from agents.providers.base import ModelError, ModelRequest
from botplatform import config, health, sealing
from botplatform.pipeline import bots, configs, db
from botplatform.pipeline.onboarding.delivering import NO_ADDRESS, Way, way_of
from transports.errors import TransportError
from transports.telegram import TelegramTransport

OLDEST_POSTGRESQL = 150000


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    subject: str
    fine: bool
    said: str
    mend: str = ""


async def examine() -> AsyncIterator[Finding]:
    """Everything that can be checked from here, the database first; without it the rest is not looked at."""
    yield Finding("settings", True, "every value is usable")
    database = await _database()
    yield database
    async for finding in _servers(database):
        yield finding
    if database.fine:
        async for finding in _bots():
            yield finding
    yield await _model()


async def _database() -> Finding:
    try:
        row = await db.row(
            "SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name"
        )
        missing = await db.row("SELECT to_regclass('botplatform_update') IS NULL AS missing")
    except (psycopg.Error, OSError) as error:
        return Finding(
            "database", False, f"not reachable ({type(error).__name__})", "check DATABASE_URL and that PostgreSQL runs"
        )
    if row is None or row["version"] < OLDEST_POSTGRESQL:
        return Finding("database", False, "too old", "PostgreSQL 15 or newer is needed")
    if missing and missing["missing"]:
        return Finding("database", False, "no tables yet", "run `manage.py migrate`, or `manage.py up` once")
    return Finding("database", True, f"PostgreSQL {row['name']}")


async def _servers(database: Finding) -> AsyncIterator[Finding]:
    if not database.fine:
        return
    checks = (await health.check())["checks"]
    mends = {
        "redis": "check REDIS_URL and that Redis runs; until then work waits for the sweep",
        "worker": "start `manage.py worker`, or everything with `manage.py up`",
        "beat": "start `manage.py beat`, or everything with `manage.py up`",
        "backlog": "start more workers, or look at the due batches in the console",
    }
    for name, mend in mends.items():
        yield Finding(name, checks[name] == "ok", checks[name], mend)


async def _bots() -> AsyncIterator[Finding]:
    for row in await db.rows("SELECT id, transport, slug FROM botplatform_bot WHERE enabled ORDER BY id"):
        name = f"bot {row['transport']}/{row['slug']}"
        try:
            bot = await bots.by_id(row["id"])
        except sealing.CannotUnseal as error:
            yield Finding(name, False, str(error), "restore SECRETS_KEY, or enter the credentials again")
            continue
        if bot.transport.account.token or bot.transport.account.options.get("app_id"):
            yield await _credentials(name, bot)
        if isinstance(bot.transport, TelegramTransport):
            yield await _webhook(name, bot, bot.transport)


async def _credentials(name: str, bot: bots.BotRow) -> Finding:
    try:
        who = await bot.transport.identify()
    except TransportError as error:
        return Finding(name, False, str(error), "check the token, and that the provider can be reached")
    if not bot.transport.account.secret:
        return Finding(name, False, "no webhook secret", "set one: without it every delivery is refused")
    return Finding(name, True, f"the credentials belong to {who.username}")


async def _webhook(name: str, bot: bots.BotRow, transport: TelegramTransport) -> Finding:
    subject, public = f"{name} webhook", config.load().PUBLIC_URL
    by_webhook = way_of(bot.transport_name, bot.delivery) is Way.WEBHOOK
    try:
        info = await transport.webhook_info()
    except TransportError as error:
        return Finding(subject, False, str(error), "check the token, and that Telegram can be reached")
    url, error_message = info.get("url", ""), info.get("last_error_message", "")
    if by_webhook and not public:
        return Finding(subject, False, NO_ADDRESS, "set PUBLIC_URL, or let the bot poll")
    if by_webhook and not url.startswith(public):
        return Finding(
            subject, False, "not registered for PUBLIC_URL", f"run `manage.py telegram webhook set {public}`"
        )
    if url and error_message:
        return Finding(
            subject, False, f"Telegram reports: {error_message}", "check that PUBLIC_URL reaches this installation"
        )
    return Finding(subject, True, "registered" if url else "polling")


async def _model() -> Finding:
    name = configs.default_model()
    if not configs.connected():
        return Finding("model", True, "the built-in offline model answers (set ANTHROPIC_API_KEY for a real one)")
    try:
        provider, model = configs.provider(name)
        request = ModelRequest(
            model=model, messages=[{"role": "user", "content": "Say ok."}], max_tokens=16, timeout_seconds=30
        )
        async for _ in provider.stream(request):
            pass
    except (ModelError, AgentError) as error:
        return Finding(
            "model", False, f"{name}: {error}", "check ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL and DEFAULT_MODEL"
        )
    return Finding("model", True, f"{name} answers")


async def close() -> None:
    """Close what the checks opened."""
    await bots.close()
    await configs.close()
