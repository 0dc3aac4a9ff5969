"""Where the embedded servers listen: a pure function of the data directory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

DATABASE = "botplatform"
SUPERUSER = "postgres"


@dataclass(frozen=True)
class Addresses:
    """`database_url` as libpq and psycopg read it, `redis_url` as redis-py and channels-redis read it."""

    database_url: str
    redis_url: str


def addresses(data_dir: Path) -> Addresses:
    """The URLs of the servers that belong to `data_dir`, whether they run or not."""
    host = quote(str(socket_dir(data_dir, "postgres")), safe="")
    return Addresses(
        database_url=f"postgresql://{SUPERUSER}@/{DATABASE}?host={host}",
        redis_url=f"unix://{quote(str(redis_socket(data_dir)))}?db=0",
    )


def broker_url(redis_url: str) -> str:
    """The same Redis as kombu spells it: `redis+socket://…?virtual_host=N` for a unix socket, else unchanged."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    options = {"virtual_host": query.pop("db", "0"), **query}
    return f"redis+socket://{parts.netloc}{parts.path}?{urlencode(options)}"


def redis_socket(data_dir: Path) -> Path:
    return socket_dir(data_dir, "redis") / "redis.sock"


def socket_dir(data_dir: Path, server: str) -> Path:
    """A directory with a name of fixed length: the kernel allows a socket's path no more than 107 bytes."""
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    return _base() / f"botplatform-{digest}-{server}"


def _base() -> Path:
    # /tmp first: $TMPDIR and $XDG_RUNTIME_DIR differ between a login, sudo and cron, and all must find one server.
    choices = ["/tmp", os.environ.get("XDG_RUNTIME_DIR", "")]  # noqa: S108 - the directory made there is private
    writable = (Path(choice) for choice in choices if choice and os.access(choice, os.W_OK | os.X_OK))
    return next(writable, Path(tempfile.gettempdir()))
