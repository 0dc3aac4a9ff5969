"""python-telegram-bot's webhook server with as little behind it as it allows: updates are read, queued and thrown away."""

from __future__ import annotations

import asyncio

from telegram import Bot
from telegram.ext import Updater

from bench.rivals.arguments import arguments


async def serve() -> None:
    given = arguments()
    queue: asyncio.Queue[object] = asyncio.Queue()
    async with Updater(Bot("123456:bench", base_url=f"{given.telegram}/bot"), queue) as updater:
        await updater.start_webhook(
            listen="127.0.0.1",
            port=given.port,
            url_path="hook",
            secret_token=given.secret,
            webhook_url="https://bench.example/hook",
        )
        while True:
            await queue.get()


if __name__ == "__main__":
    asyncio.run(serve())
