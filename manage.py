#!/usr/bin/env python
"""The command line. Commands other than `up` join the embedded servers, or start them, unless the URLs are set."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

WITHOUT_SERVERS = {"up", "help", "--help", "--version", "makemigrations", "collectstatic", "check"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botplatform.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs the variable above

    with ExitStack() as stack:
        if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_SERVERS:
            _join_servers(stack)
        execute_from_command_line(sys.argv)


def _join_servers(stack: ExitStack) -> None:
    from django.conf import settings  # noqa: PLC0415 - not needed by every command

    from botplatform.embedded import EmbeddedError, Servers  # noqa: PLC0415

    try:
        servers = Servers(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, redis=settings.EMBEDDED_REDIS)
        stack.enter_context(servers)
    except EmbeddedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
