"""Logging: structlog for our events and for libraries', one request id on every line, secrets redacted wherever they stand."""

from __future__ import annotations

import html
import json as jsonlib
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import WrappedLogger

_QUIET = {"httpx": "WARNING", "httpx2": "WARNING", "httpcore": "WARNING", "httpcore2": "WARNING", "anthropic": "WARNING",
          "asyncio": "WARNING", "urllib3": "WARNING", "markdown_it": "WARNING", "amqp": "WARNING", "uvicorn.access": "WARNING",
          "celery.app.trace": "WARNING", "celery.worker.strategy": "WARNING", "django_celery_beat.schedulers": "WARNING",
          "celery.beat": "WARNING", "kombu": "WARNING", "psycopg.pool": "ERROR",
          "uvicorn.error": "INFO", "websockets": "INFO", "django.db.backends": "INFO"}  # fmt: skip
"""Libraries that would say too much: addresses with tokens, headers with cookies, statements with their values."""

# In order: Telegram's tokens (also right after `/bot`), keys by their prefixes, signed tokens, passwords in addresses.
_TOKENS = re.compile(
    r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{20,}"
    r"|\b(?:sk-|gh[oprsu]_|github_pat_)[A-Za-z0-9_-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
)
SHORTEST = 6
"""A shorter secret is too likely to be part of ordinary words."""
LINE_CHARACTERS = 20
"""From this length on a single line of a key in several lines is a secret by itself."""
_known: list[str] = []


def redact(text: str) -> str:
    """Replace known secrets, and whatever looks like a provider's token, by `[redacted]`."""
    for secret in _known:
        text = text.replace(secret, "[redacted]")
    return _TOKENS.sub("[redacted]", text)


def hide(*secrets: str) -> None:
    """Redact these from now on as well, such as the token of a bot stored in the database."""
    spelled = {one for secret in secrets if len(secret) >= SHORTEST for one in _spellings(secret)}
    if fresh := {one for one in spelled if len(one) >= SHORTEST}.difference(
        _known
    ):  # one assignment, since other threads read the list; the longest first, since one may hold another
        _known[:] = sorted([*_known, *fresh], key=len, reverse=True)


def _spellings(secret: str) -> Iterator[str]:
    """The secret as it stands in text, in addresses, in JSON, in `repr` and in HTML; of a long key each line."""
    yield secret
    yield from (quote(secret, safe=""), unquote(secret), html.escape(secret))
    yield from (jsonlib.dumps(secret)[1:-1], repr(secret)[1:-1])
    lines = secret.replace("\\n", "\n").splitlines()
    if len(lines) > 1:
        yield from (
            line.strip() for line in lines if len(line.strip()) >= LINE_CHARACTERS and not line.startswith("--")
        )


class _Lines:
    """Where our own events go: straight to the handler's stream, without the standard library's record for each."""

    def __init__(self, handler: _Handler, name: str) -> None:
        self._handler = handler
        self.name = name

    def write(self, line: str) -> None:
        self._handler.stream.write(line + "\n")

    debug = info = warning = error = critical = exception = fatal = msg = log = write


def _redact_line(_logger: WrappedLogger, _method: str, line: Any) -> str:
    """The last step, on the whole line: a secret is found in whichever field it stands."""
    return redact(str(line))


class _Handler(logging.StreamHandler[Any]):
    """Says what went wrong with a line that cannot be written, without its arguments, which nobody has redacted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        error = redact(traceback.format_exc(limit=-3))
        self.stream.write(f"a log line of {record.name}, line {record.lineno}, cannot be written: {error}")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
        sys.stderr.write(f"Exception in thread {told.thread.name if told.thread else '?'}:\n")
        _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _redact_tracebacks() -> None:
    """Redact what Python itself prints about exceptions that nobody caught; a tool's own hook (pytest's) stays."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _uncaught_in_thread


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def configure(*, level: str, json: bool, secrets: Sequence[str] = ()) -> None:
    """Send every log line of the process through one formatter to standard error."""
    hide(*secrets)
    _redact_tracebacks()
    plain = structlog.dev.plain_traceback  # the prettier ones show local variables
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    last = structlog.processors.JSONRenderer() if json else console
    handler = _Handler()
    structlog.configure(
        processors=[*_shared(), last, _redact_line],
        logger_factory=lambda *names: _Lines(handler, *names or ("",)),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        cache_logger_on_first_use=True,
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=[remove, last, _redact_line])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def secrets_of(settings: BaseModel) -> list[str]:
    """Every secret value among the settings, passwords in addresses too, that must never appear in a log line."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    found += [urlsplit(value).password or "" for value in values if isinstance(value, str) and "://" in value]
    return [value for value in found if len(value) >= 6]
