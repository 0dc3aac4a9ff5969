#!/usr/bin/env python
"""The command line. Commands other than `up` join the embedded servers, or start them, unless the URLs are set."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

WITHOUT_SERVERS = {"up", "help", "--help", "--version", "makemigrations", "collectstatic", "check"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botplatform.settings")
    from django.conf import settings  # noqa: PLC0415 - needs the variable above
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    with ExitStack() as stack:
        if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_SERVERS:
            stack.enter_context(_servers(settings))
        execute_from_command_line(sys.argv)


def _servers(settings: object) -> object:
    from botplatform.embedded import EmbeddedError, Servers  # noqa: PLC0415 - not needed by every command

    try:
        return Servers(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, redis=settings.EMBEDDED_REDIS)
    except EmbeddedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
