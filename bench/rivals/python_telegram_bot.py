"""python-telegram-bot's own webhook server, set up as its documentation says, with a handler that does nothing.

https://github.com/python-telegram-bot/python-telegram-bot/wiki/Webhooks
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from bench.rivals.arguments import arguments


async def nothing(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Keep nothing, answer nothing."""


def main() -> None:
    given = arguments()
    application = Application.builder().token("123456:bench").base_url(f"{given.telegram}/bot").build()
    application.add_handler(MessageHandler(filters.ALL, nothing))
    application.run_webhook(
        listen="127.0.0.1",
        port=given.port,
        url_path="hook",
        secret_token=given.secret,
        webhook_url="https://bench.example/hook",
    )


if __name__ == "__main__":
    main()
