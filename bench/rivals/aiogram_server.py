"""aiogram's webhook on aiohttp, set up as its documentation says, with a handler that does nothing.

https://docs.aiogram.dev/en/latest/dispatcher/webhook.html
"""

from __future__ import annotations

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bench.rivals.arguments import arguments

router = Router()


@router.message()
async def nothing(message: Message) -> None:
    """Keep nothing, answer nothing."""


def main() -> None:
    given = arguments()
    session = AiohttpSession(api=TelegramAPIServer.from_base(given.telegram))
    bot, dispatcher, app = Bot("123456:bench", session=session), Dispatcher(), web.Application()
    dispatcher.include_router(router)
    SimpleRequestHandler(dispatcher, bot, secret_token=given.secret).register(app, path="/hook")
    setup_application(app, dispatcher, bot=bot)
    web.run_app(app, host="127.0.0.1", port=given.port, print=None)


if __name__ == "__main__":
    main()
