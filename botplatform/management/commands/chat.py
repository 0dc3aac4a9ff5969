from __future__ import annotations

import asyncio
import getpass
import sys
from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from botplatform import logs
from botplatform.chatting import terminal
from botplatform.chatting.prompting import converse
from botplatform.chatting.terminal import Talk, Unavailable


class Command(BaseCommand):
    help = "Talk to the bot from the terminal, through the same pipeline. Ctrl-D leaves. Lines may also be piped in."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--session", metavar="NAME", default="", help="the conversation; yours unless it is named")

    def handle(self, *, session: str, **options: Any) -> None:
        logs.configure(level="ERROR", json=False)  # log lines would break into the conversation
        user = getpass.getuser()
        try:
            asyncio.run(_talk(session or user, user))
        except Unavailable as error:
            raise CommandError(str(error)) from error
        except psycopg.errors.UndefinedTable as error:
            raise CommandError("The database is empty: run `manage.py up` first.") from error
        except (psycopg.OperationalError, OSError) as error:
            raise CommandError(f"The database cannot be reached: does `manage.py up` run here? {error}") from error
        except KeyboardInterrupt:
            print()


async def _talk(key: str, user: str) -> None:
    async with terminal.open_talk(key, user) as talk:
        await (converse(talk) if sys.stdin.isatty() else _answer_piped(talk))


async def _answer_piped(talk: Talk) -> None:
    """Send every line that comes in, then wait for the answers."""
    while text := await asyncio.to_thread(sys.stdin.readline):
        if text.strip() and (refused := await talk.say(text.rstrip("\n"))):
            print(refused, file=sys.stderr)
    async for line in talk.wait():
        if line.final:
            print(terminal.printable(line.text), flush=True)
