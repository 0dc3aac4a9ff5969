from __future__ import annotations

import os
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from botplatform.embedded import EmbeddedError, Servers
from botplatform.embedded.locks import FileLock
from botplatform.setup import Prepared, prepare
from botplatform.supervisor import STOP_SIGNALS, Child, Supervisor
from botplatform.upkeep import Upkeep, reachable

MIGRATION_LOCK = 0x626F7470
"""The advisory lock that lets one of several installations on one database migrate at a time."""


class Command(BaseCommand):
    help = "Everything with one command: servers, migrations, first admin, then web, worker and beat, supervised."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.ENV.HOST, help="address to listen on")
        parser.add_argument("--port", type=int, default=settings.ENV.PORT)
        parser.add_argument("--workers", type=int, default=1, help="worker processes")
        parser.add_argument("--concurrency", type=int, help="runs that one worker process holds at a time")

    def handle(self, *, host: str, port: int, workers: int, concurrency: int | None, **options: Any) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, _leave)
        children = _children(host=host, port=port, workers=workers, concurrency=concurrency)
        with _only_one(settings.DATA_DIR):
            _check_port(host, port)
            try:
                self._serve(children, host, port)
            except (EmbeddedError, OperationalError) as error:
                raise CommandError(" ".join(str(error).split())) from error

    def _serve(self, children: list[Child], host: str, port: int) -> None:
        servers = Servers(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, redis=settings.EMBEDDED_REDIS)
        addresses = {"DATABASE_URL": settings.DATABASE_URL, "REDIS_URL": settings.REDIS_URL}
        with servers, _undisturbed_end():
            _migrate()
            prepared = prepare()
            _disconnect()
            with Upkeep(servers=servers, host=host, port=port, announce=lambda: self._announce(prepared, host, port)):
                Supervisor(children, {**os.environ, **addresses}).run()

    def _announce(self, prepared: Prepared, host: str, port: int) -> None:
        name = reachable(host)
        base = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
        lines = {
            "Chat": f"{base}/chat/",
            "Console": f"{base}/admin/",
            "Sign in": f"{base}{prepared.sign_in_path}  (opens both, once)",
            "Admin": f"{prepared.admin_username}, password {prepared.admin_password}  (shown this once)"
            if prepared.admin_password
            else prepared.admin_username,
            "Public": settings.ENV.PUBLIC_URL,
            "Model": prepared.model,
            "Data": str(settings.DATA_DIR),
            "Stop": "Ctrl-C",
        }
        block = [f"  {title:<8}  {value}" for title, value in lines.items() if value]
        self.stdout.write(
            "\n".join(["", "botplatform is running", "", *block, *(f"  {n}" for n in prepared.notes), ""])
        )
        self.stdout.flush()


def _children(*, host: str, port: int, workers: int, concurrency: int | None) -> list[Child]:
    manage = (sys.executable, str(settings.BASE_DIR / "manage.py"))
    worker = (*manage, "worker", *(("--concurrency", str(concurrency)) if concurrency else ()))
    return [
        Child("web", (*manage, "web", "--host", host, "--port", str(port))),
        *(Child(f"worker-{number}", worker) for number in range(1, workers + 1)),
        Child("beat", (*manage, "beat")),
    ]


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    data_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(data_dir / "up.lock") as lock:
        if not lock.take():
            raise CommandError(f"Another `manage.py up` is already running on {data_dir}.")
        yield


def _check_port(host: str, port: int) -> None:
    """Refuse before anything is started; web itself would only learn it when all the rest is up."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise CommandError(
            f"Cannot listen on {host}, port {port}: {error}. Choose others with --host, --port."
        ) from None


def _migrate() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def _disconnect() -> None:
    """Close every connection, the advisory lock's too: this process needs none from here on."""
    for used in connections.all(initialized_only=True):
        used.close()
        if isinstance(used, DatabaseWrapper):
            used.close_pool()


@contextmanager
def _undisturbed_end() -> Iterator[None]:
    """A second Ctrl-C must not interrupt the embedded servers' own stop."""
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)
