from __future__ import annotations

import signal
import sys
import warnings
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "The web process alone: webhooks, chat, console."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.ENV.HOST, help="address to listen on")
        parser.add_argument("--port", type=int, default=settings.ENV.PORT)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        # uvicorn raises the signal that ended it once more; this way it unwinds to the embedded servers' end.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        uvicorn.run(
            "botplatform.asgi:application",
            host=host,
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=True,
            timeout_graceful_shutdown=5,
            backlog=4096,
        )
