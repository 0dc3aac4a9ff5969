"""An installation seen from outside: its HTTP surface, its database, its commands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis
from psycopg.rows import dict_row

from botplatform.embedded import addresses
from tests.fakes.github_events import delivery_headers
from tests.fakes.telegram_updates import text_update

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class Installation:
    """What can be asked of one, running or not, given its settings and its working directory."""

    def __init__(self, directory: Path, env: dict[str, str]) -> None:
        self.directory = directory
        self.env = env
        self.data_dir = Path(env["DATA_DIR"])
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{env['PORT']}", timeout=15)
        self.said: list[str] = []
        """What the commands run by `manage` printed."""
        self._update_ids = count(int(time.time()) % 1_000_000 * 1000)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    # -- in

    def post_telegram(
        self, update: Mapping[str, Any] | bytes, *, bot: str = "default", secret: str | None = None, **options: Any
    ) -> httpx.Response:
        """Deliver an update as Telegram does; bytes as they are. `secret`: another than the right one."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        token = self.env["TELEGRAM_WEBHOOK_SECRET"] if secret is None else secret
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": token}
        return self.http.post(f"/webhooks/telegram/{bot}/", content=body, headers=headers, **options)

    def post_github(
        self, event: str, payload: Mapping[str, Any] | bytes, *, delivery: str | None = None, bot: str = "default"
    ) -> httpx.Response:
        """Deliver an event as GitHub does, signed."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = delivery_headers(event, body, self.env["GITHUB_WEBHOOK_SECRET"], delivery)
        return self.http.post(f"/webhooks/github/{bot}/", content=body, headers=headers)

    def say(self, chat: int, text: str, **message: Any) -> str:
        """Deliver a text message with a fresh id; returns the id that the platform gave the update."""
        answer = self.post_telegram(text_update(self.next_update_id(), chat, text, **message))
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return str(answer.json()["update"])

    def next_update_id(self) -> int:
        return next(self._update_ids)

    # -- what it knows

    @property
    def database_url(self) -> str:
        return self.env.get("DATABASE_URL") or addresses(self.data_dir).database_url

    def sql(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """Run one statement in a connection of its own; rows as dicts. Without arguments `%` stands for itself."""
        with psycopg.connect(self.database_url, autocommit=True, connect_timeout=5, row_factory=dict_row) as connection:
            cursor = connection.execute(query, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def redis(self) -> redis.Redis:
        """A client; use it as a context manager."""
        return redis.Redis.from_url(self.env.get("REDIS_URL") or addresses(self.data_dir).redis_url)

    def manage(self, *arguments: str, timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run another management command on it. Fails on an exit code other than 0 unless `check` is false."""
        command = [sys.executable, str(MANAGE), *arguments]
        done = subprocess.run(
            command, env=self.env, cwd=self.directory, capture_output=True, text=True, timeout=timeout, check=False
        )
        self.said += [done.stdout, done.stderr]
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def explain(self, update_id: str | int) -> dict[str, Any]:
        story: dict[str, Any] = json.loads(self.manage("explain", str(update_id), "--json").stdout)
        return story
