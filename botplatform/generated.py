"""Secrets that the operator did not set: generated once into DATA_DIR, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet
from pydantic import SecretStr

if TYPE_CHECKING:
    from botplatform.config import Environment


def secret(directory: Path, name: str, value: str) -> str:
    """Return the stored secret `name`, storing `value` if there is none yet; safe when several processes start at once."""
    path = directory / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(value)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its value counts
        finally:
            draft.unlink()
    return path.read_text().strip()


def fill(settings: Environment) -> Environment:
    """Complete the settings with generated secrets."""
    missing: dict[str, SecretStr] = {}
    if not settings.SECRET_KEY.get_secret_value():
        missing["SECRET_KEY"] = SecretStr(secret(settings.DATA_DIR, "secret_key", secrets.token_urlsafe(48)))
    if not settings.SECRETS_KEY.get_secret_value():
        missing["SECRETS_KEY"] = SecretStr(secret(settings.DATA_DIR, "secrets_key", Fernet.generate_key().decode()))
    if not settings.TELEGRAM_WEBHOOK_SECRET.get_secret_value():
        generated = secret(settings.DATA_DIR, "telegram_webhook_secret", secrets.token_urlsafe(32))
        missing["TELEGRAM_WEBHOOK_SECRET"] = SecretStr(generated)
    return settings.model_copy(update=missing)
