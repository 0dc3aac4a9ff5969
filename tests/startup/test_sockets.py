from __future__ import annotations

from pathlib import Path

import pytest
from kombu.utils.url import url_to_parts
from psycopg.conninfo import conninfo_to_dict

from botplatform.embedded import addresses, broker_url
from botplatform.embedded.sockets import redis_socket, socket_dir


def test_addresses_are_computed_without_touching_the_disk(folder: Path) -> None:
    addresses(folder / "missing" / ".data")
    assert list(folder.iterdir()) == []


def test_one_directory_has_one_address_however_it_is_spelled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "link").symlink_to(folder)
    assert addresses(Path(".data")) == addresses(folder / ".data") == addresses(folder / "link" / ".data")


def test_two_directories_have_two_addresses(folder: Path) -> None:
    assert addresses(folder / "a") != addresses(folder / "b")


def test_the_socket_of_a_deep_directory_has_a_short_path(folder: Path) -> None:
    deep = folder / ("x" * 200) / ("y" * 200)
    assert len(str(redis_socket(deep))) < 100


def test_the_database_url_names_socket_and_database_to_libpq(folder: Path) -> None:
    parts = conninfo_to_dict(addresses(folder).database_url)
    assert parts == {"user": "postgres", "dbname": "botplatform", "host": str(socket_dir(folder, "postgres"))}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:secret@example.org:6380/3", "redis://:secret@example.org:6380/3"),
        ("rediss://example.org/0", "rediss://example.org/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?db=4", "redis+socket:///run/redis.sock?virtual_host=4"),
        ("unix://:secret@/run/redis.sock?db=1", "redis+socket://:secret@/run/redis.sock?virtual_host=1"),
    ],
)
def test_a_redis_url_is_spelled_for_the_broker(url: str, expected: str) -> None:
    assert broker_url(url) == expected


def test_the_broker_reads_path_and_password_of_a_unix_socket() -> None:
    parts = url_to_parts(broker_url("unix://:secret@/run/redis.sock?db=1"))
    assert (parts.scheme, parts.password, parts.path) == ("redis+socket", "secret", "run/redis.sock")
