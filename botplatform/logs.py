"""Logging: structlog for our events and for libraries', one request id on every line, secrets redacted wherever they stand."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_QUIET = {"httpx": "WARNING", "httpx2": "WARNING", "httpcore": "WARNING", "httpcore2": "WARNING", "anthropic": "WARNING",
          "asyncio": "WARNING", "urllib3": "WARNING", "markdown_it": "WARNING", "amqp": "WARNING", "uvicorn.access": "WARNING",
          "celery.app.trace": "WARNING", "celery.worker.strategy": "WARNING", "django_celery_beat.schedulers": "WARNING",
          "celery.beat": "WARNING", "kombu": "WARNING", "psycopg.pool": "ERROR"}  # fmt: skip
_TOKENS = re.compile(r"\b\d{5,}:[A-Za-z0-9_-]{20,}|\b(?:sk-|ghp_|ghs_|github_pat_)[A-Za-z0-9_-]{8,}")
_known: list[str] = []


def redact(text: str) -> str:
    """Replace known secrets, and whatever looks like a provider's token, by `[redacted]`."""
    for secret in _known:
        text = text.replace(secret, "[redacted]")
    return _TOKENS.sub("[redacted]", text)


def hide(*secrets: str) -> None:
    """Redact these from now on as well, such as the token of a bot stored in the database."""
    _known.extend(secret for secret in secrets if len(secret) >= 6 and secret not in _known)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_clean(item) for item in value]
    return value if isinstance(value, int | float | bool | None) else redact(str(value))


def _redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value if key.startswith("_") else _clean(value) for key, value in event.items()}


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def configure(*, level: str, json: bool, secrets: Sequence[str] = ()) -> None:
    """Send every log line of the process through one formatter to standard error."""
    hide(*secrets)
    last = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=[remove, _redact_event, last])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)
