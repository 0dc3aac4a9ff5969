"""Loaded before Django's settings: the test process's own data directory, and none of the caller's credentials."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

DATA_DIR = Path(tempfile.mkdtemp(prefix="bp-test-"))
_CALLERS = ("TELEGRAM_", "GITHUB_", "ANTHROPIC_", "OPENROUTER_", "DATABASE_", "REDIS_", "PUBLIC_", "OIDC_")
for _name in [name for name in os.environ if name.startswith(_CALLERS)]:
    del os.environ[_name]
os.environ.update(DATA_DIR=str(DATA_DIR), LOG_LEVEL="INFO")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)
