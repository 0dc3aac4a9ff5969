"""The servers as their users see them: start, share, stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
import redis
from kombu.connection import Connection

from botplatform.embedded import Servers, broker_url
from botplatform.embedded.postgres import Postgres
from botplatform.embedded.processes import listener
from botplatform.embedded.redis import Redis
from tests.startup.conftest import User

Join = Callable[..., User]


def ask(servers: Servers, query: LiteralString) -> object:
    with psycopg.connect(servers.addresses.database_url) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def connect(servers: Servers) -> Connection:
    return Connection(broker_url(servers.addresses.redis_url))  # type: ignore[no-untyped-call]


def test_postgres_is_durable_private_and_knows_the_case_of_letters(used_dir: Path) -> None:
    with Servers(used_dir, redis=False) as servers:
        settings = {
            name: ask(servers, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "listen_addresses", "max_connections", "server_encoding")
        }
        assert ask(servers, "SELECT lower('ÄЖ')") == "äж"
    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "max_connections": "200",
        "server_encoding": "UTF8",
    }


def test_redis_listens_on_no_port_and_evicts_nothing(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False) as servers, redis.Redis.from_url(servers.addresses.redis_url) as client:
        names = ("port", "save", "appendonly", "maxmemory-policy")
        settings = {name: client.config_get(name)[name] for name in names}
    assert settings == {"port": "0", "save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}


def test_celery_reaches_redis_by_the_brokers_url(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False) as servers, connect(servers) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
        assert broker.connected


def test_the_directory_of_the_socket_is_private(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False):
        assert Redis(data_dir).sockets.stat().st_mode & 0o777 == 0o700


def test_a_long_path_with_spaces_serves_and_keeps_its_data(folder: Path) -> None:
    data_dir = folder / "with space & ünïcode" / ("deep/" * 30 + "x" * 100) / ".data"
    with Servers(data_dir) as servers:
        ask(servers, "CREATE TABLE kept AS SELECT 42 AS n")
    with Servers(data_dir) as servers:
        assert ask(servers, "SELECT n FROM kept") == 42


def test_leaving_stops_both_servers_and_removes_their_sockets(used_dir: Path) -> None:
    with Servers(used_dir):
        pass
    for server in (Postgres(used_dir), Redis(used_dir)):
        assert listener(server.socket) is None
        assert not server.sockets.exists()


def test_a_second_user_joins_and_the_last_one_out_stops_the_server(data_dir: Path, join: Join) -> None:
    redis_server = Redis(data_dir)
    first, second = join(data_dir), None
    assert first.said() == "joined"
    pid = listener(redis_server.socket)
    second = join(data_dir)
    assert second.said() == "joined"
    first.leave()
    assert listener(redis_server.socket) == pid
    second.leave()
    assert listener(redis_server.socket) is None


def test_many_that_start_at_once_share_one_server(used_dir: Path, join: Join) -> None:
    users = [join(used_dir, "postgres+redis") for _ in range(5)]
    assert {user.said() for user in users} == {"joined"}
    assert Postgres(used_dir).log.read_text().count("starting PostgreSQL") == 1


def test_only_the_wanted_server_is_started(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False):
        assert not Postgres(data_dir).directory.exists()


def test_nothing_starts_when_nothing_is_wanted(data_dir: Path) -> None:
    with Servers(data_dir, postgres=False, redis=False):
        assert not data_dir.exists()
