"""The environment a platform under test is started with, and the secrets in it that must never show."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path
from urllib.parse import quote

from tests.system.fakes import Fakes

SECRET_NAMES = (
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "GITHUB_TOKEN",
    "GITHUB_WEBHOOK_SECRET",
    "ANTHROPIC_API_KEY",
    "SECRET_KEY",
    "ADMIN_PASSWORD",
)
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def environment(fakes: Fakes, data_dir: Path) -> dict[str, str]:
    """Nothing of the caller's but what a program needs to start."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    random = secrets.token_hex
    return inherited | {
        "PYTHONUNBUFFERED": "1",
        "DATA_DIR": str(data_dir),
        "PORT": str(free_port()),
        "LOG_FORMAT": "json",
        "SECRET_KEY": f"signing-{random(32)}",
        "ADMIN_PASSWORD": f"password-{random(12)}",
        "TELEGRAM_MODE": "off",
        "TELEGRAM_API_URL": fakes.telegram.url,
        "TELEGRAM_BOT_TOKEN": f"123456:AAE{random(16)}",
        "TELEGRAM_WEBHOOK_SECRET": f"telegram-{random(16)}",
        "GITHUB_API_URL": fakes.github.url,
        "GITHUB_TOKEN": f"ghp_{random(18)}",
        "GITHUB_WEBHOOK_SECRET": f"github-{random(16)}",
        "GITHUB_BOT_LOGIN": fakes.github.access.login,
        "ANTHROPIC_BASE_URL": fakes.model.url,
        "ANTHROPIC_API_KEY": f"sk-ant-{random(24)}",
    }


def leaked(texts: list[str], variables: dict[str, str], data_dir: Path) -> list[str]:
    """The names of the secrets, given or generated, that occur in any of the texts; plain or as in a URL."""
    known = {name: variables[name] for name in SECRET_NAMES if variables.get(name)}
    known["bot token without its id"] = variables["TELEGRAM_BOT_TOKEN"].partition(":")[2]
    known |= {f"generated {path.name}": path.read_text().strip() for path in data_dir.glob("secrets/*")}
    spellings = {name: {value, quote(value, safe="")} for name, value in known.items() if value}
    return [name for name, forms in spellings.items() if any(form in text for form in forms for text in texts)]
