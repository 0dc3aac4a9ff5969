from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from botplatform.pipeline import bots
from botplatform.pipeline.onboarding import rotating
from transports.errors import TransportError
from transports.telegram import TelegramTransport


class Command(BaseCommand):
    help = "Telegram's webhook: register it with its secret, look at it, delete it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bot", default="default", help="slug of the bot")
        what = parser.add_subparsers(dest="subject", required=True).add_parser("webhook")
        actions = what.add_subparsers(dest="action", required=True)
        actions.add_parser("set", help="have updates delivered").add_argument(
            "url", help="public address of this installation"
        )
        actions.add_parser("info", help="what Telegram says")
        actions.add_parser("delete", help="stop delivery; what is pending is kept")

    def handle(self, *, bot: str, action: str, **options: Any) -> None:
        try:
            for line in async_to_sync(_act)(bot, action, options.get("url", "")):
                self.stdout.write(line)
        except TransportError as error:
            raise CommandError(f"Telegram: {error}") from None


async def _act(slug: str, action: str, url: str) -> list[str]:
    found = await bots.by_slug("telegram", slug)
    if found is None or not isinstance(found.transport, TelegramTransport):
        raise CommandError(f"There is no Telegram bot {slug!r}; set TELEGRAM_BOT_TOKEN and start `manage.py up` once.")
    try:
        said = await _ACTIONS[action](found.transport, slug, url)
        if action == "set":
            await rotating.person_has_told(found.id)
        return said
    finally:
        await bots.close()


async def _set(transport: TelegramTransport, slug: str, url: str) -> list[str]:
    path = f"/webhooks/telegram/{slug}/"
    full = url if url.rstrip("/").endswith(path.rstrip("/")) else url.rstrip("/") + path
    await transport.set_webhook(full)
    return [f"Telegram delivers to {full}"]


async def _info(transport: TelegramTransport, slug: str, url: str) -> list[str]:
    info = await transport.webhook_info()
    if not info.get("url"):
        return ["no webhook is set: updates are polled", f"pending updates: {info.get('pending_update_count', 0)}"]
    lines = [f"url: {info['url']}", f"pending updates: {info.get('pending_update_count', 0)}"]
    if message := info.get("last_error_message"):
        lines.append(
            f"last error: {message} ({datetime.fromtimestamp(info.get('last_error_date', 0), UTC):%Y-%m-%d %H:%M:%S} UTC)"
        )
    return lines


async def _delete(transport: TelegramTransport, slug: str, url: str) -> list[str]:
    await transport.delete_webhook()
    return ["the webhook is deleted; pending updates are kept"]


_ACTIONS = {"set": _set, "info": _info, "delete": _delete}
