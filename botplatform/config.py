"""The environment, read once and checked: a value that is present but unusable stops the start with one clear line."""

from __future__ import annotations

import os
import re
import secrets
import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

import environ
import psycopg
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from botplatform import generated


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_split)]
"""A comma-separated list."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Whole = Annotated[int, Field(gt=0, le=100_000_000)]

_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""https://core.telegram.org/bots/api#setwebhook"""


def _parts(value: str) -> SplitResult:
    """An address in its parts; Python's own errors would repeat it, password and all."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a well-formed address") from None
    return parts


class Environment(BaseModel):
    """Every setting, under the name it has in the environment. See docs/configuration.md."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    DATABASE_URL: str = ""
    REDIS_URL: str = ""
    PUBLIC_URL: str = ""
    TELEGRAM_MODE: Literal["auto", "webhook", "polling", "off"] = "auto"
    DATA_DIR: Path = Path(".data")
    HOST: str = "127.0.0.1"
    PORT: Annotated[int, Field(ge=1, le=65535)] = 8000
    WEBCHAT_PUBLIC: bool = False
    SECRET_KEY: SecretStr = SecretStr("")
    ALLOWED_HOSTS: Names = ["localhost", "127.0.0.1", "[::1]"]
    CSRF_TRUSTED_ORIGINS: Names = []
    DEBUG: bool = False
    ADMIN_USERNAME: Annotated[str, Field(min_length=1)] = "admin"
    ADMIN_PASSWORD: SecretStr = SecretStr("")
    ANTHROPIC_API_KEY: SecretStr = SecretStr("")
    ANTHROPIC_BASE_URL: str = ""
    OPENROUTER_API_KEY: SecretStr = SecretStr("")
    DEFAULT_MODEL: str = "claude-sonnet-5-5"
    ROUTER_MODEL: str = "claude-haiku-5-5"
    FALLBACK_MODELS: Names = []
    TELEGRAM_BOT_TOKEN: SecretStr = SecretStr("")
    TELEGRAM_WEBHOOK_SECRET: SecretStr = SecretStr("")
    TELEGRAM_API_URL: str = "https://api.telegram.org"
    TELEGRAM_ADMIN_IDS: Names = []
    TELEGRAM_ALLOWED_IDS: Names = []
    GITHUB_TOKEN: SecretStr = SecretStr("")
    GITHUB_APP_ID: str = ""
    GITHUB_APP_PRIVATE_KEY: SecretStr = SecretStr("")
    GITHUB_WEBHOOK_SECRET: SecretStr = SecretStr("")
    GITHUB_BOT_LOGIN: str = ""
    GITHUB_API_URL: str = "https://api.github.com"
    BATCH_WINDOW_MS: Annotated[int, Field(ge=0, le=86_400_000)] = 500
    BATCH_MAX_WINDOW_MS: Whole = 5000
    BATCH_MAX_MESSAGES: Whole = 10
    HEARTBEAT_SECONDS: Seconds = 5
    STUCK_AFTER_SECONDS: Seconds = 30
    SWEEP_SECONDS: Seconds = 10
    BATCH_MAX_ATTEMPTS: Whole = 3
    APPROVAL_TTL_SECONDS: Annotated[int, Field(ge=1, le=30 * 86_400)] = 300
    HISTORY_LIMIT: Whole = 40
    SESSION_TTL_DAYS: Days = 7
    UPDATE_RETENTION_DAYS: Days = 30
    SECRETS_KEY: SecretStr = SecretStr("")
    SEARCH_PROVIDER: Literal["", "searxng", "brave", "tavily"] = ""
    SEARCH_URL: str = ""
    SEARCH_API_KEY: SecretStr = SecretStr("")
    OIDC_ISSUER: str = ""
    OIDC_CLIENT_ID: str = ""
    OIDC_CLIENT_SECRET: SecretStr = SecretStr("")
    OIDC_ROLES_CLAIM: str = ""
    ROUTER_DEBUG: bool = False
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    LOG_FORMAT: Literal["console", "json"] = "console"

    @field_validator(
        "PUBLIC_URL", "ANTHROPIC_BASE_URL", "TELEGRAM_API_URL", "GITHUB_API_URL", "SEARCH_URL", "OIDC_ISSUER"
    )
    @classmethod
    def _is_a_web_address(cls, value: str) -> str:
        parts = _parts(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an http(s) address such as https://bots.example.org")
        return value.rstrip("/")

    @field_validator("DATABASE_URL")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        try:
            ports = str(conninfo_to_dict(value).get("port", ""))
        except psycopg.Error:
            raise ValueError("is no address that PostgreSQL understands") from None
        if not all(port.isdecimal() for port in ports.split(",") if port):
            raise ValueError("names a port that is no number")
        return value

    @field_validator("REDIS_URL")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if value and _parts(value).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("TELEGRAM_ADMIN_IDS", "TELEGRAM_ALLOWED_IDS")
    @classmethod
    def _are_numbers(cls, value: list[str]) -> list[str]:
        if not all(re.fullmatch(r"-?\d+", item, re.ASCII) for item in value):
            raise ValueError("must be numeric ids separated by commas")
        return value

    @field_validator("ALLOWED_HOSTS")
    @classmethod
    def _are_hosts(cls, value: list[str]) -> list[str]:
        if any("/" in host for host in value):
            raise ValueError("must be host names without https:// and path, separated by commas")
        return value

    @field_validator("CSRF_TRUSTED_ORIGINS")
    @classmethod
    def _are_origins(cls, value: list[str]) -> list[str]:
        if any(_parts(origin).scheme not in ("http", "https") for origin in value):
            raise ValueError("must be origins such as https://bots.example.org, separated by commas")
        return value

    @field_validator("SECRETS_KEY")
    @classmethod
    def _is_long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters")
        return value

    @field_validator("TELEGRAM_WEBHOOK_SECRET")
    @classmethod
    def _is_a_telegram_secret(cls, value: SecretStr) -> SecretStr:
        if not _TELEGRAM_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must be 1 to 256 letters, digits, _ and -")
        return value

    @model_validator(mode="after")
    def _times_hang_together(self) -> Environment:
        if self.HEARTBEAT_SECONDS > self.STUCK_AFTER_SECONDS / 4:
            raise ValueError("HEARTBEAT_SECONDS must be at most a quarter of STUCK_AFTER_SECONDS")
        if self.BATCH_MAX_WINDOW_MS < self.BATCH_WINDOW_MS:
            raise ValueError("BATCH_MAX_WINDOW_MS must not be below BATCH_WINDOW_MS")
        if self.TELEGRAM_MODE == "webhook" and not self.PUBLIC_URL:
            raise ValueError("TELEGRAM_MODE=webhook needs PUBLIC_URL")
        if bool(self.GITHUB_APP_ID) != bool(self.GITHUB_APP_PRIVATE_KEY.get_secret_value()):
            raise ValueError("GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY go together")
        needs = "SEARCH_URL" if self.SEARCH_PROVIDER == "searxng" else "SEARCH_API_KEY"
        if self.SEARCH_PROVIDER and not getattr(self, needs):
            raise ValueError(f"SEARCH_PROVIDER={self.SEARCH_PROVIDER} needs {needs}")
        oidc = (self.OIDC_ISSUER, self.OIDC_CLIENT_ID, self.OIDC_CLIENT_SECRET.get_secret_value())
        if any(oidc) and not all(oidc):
            raise ValueError("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together")
        if self.OIDC_ROLES_CLAIM and not self.OIDC_ISSUER:
            raise ValueError("OIDC_ROLES_CLAIM needs OIDC_ISSUER")
        if (
            self.GITHUB_TOKEN.get_secret_value() or self.GITHUB_APP_ID
        ) and not self.GITHUB_WEBHOOK_SECRET.get_secret_value():
            raise ValueError(
                "GITHUB_WEBHOOK_SECRET is needed beside the GitHub credentials: a bot without a secret does not start"
            )
        return self


def _in_words(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{name}: {said}" if name else said


def read(values: dict[str, str]) -> Environment:
    """Check `values`; raises ValueError with one line that names the setting and never its value."""
    known = {name: values[name] for name in Environment.model_fields if values.get(name, "") != ""}
    try:
        return Environment(**known)  # type: ignore[arg-type]  # pydantic converts the strings
    except ValidationError as error:
        raise ValueError(_in_words(error)) from None


def _completed(settings: Environment) -> Environment:
    """Generate, once, the secrets that the operator did not set."""
    drafts = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SECRETS_KEY": Fernet.generate_key().decode(),
        "TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(32),
    }
    missing = {
        name: SecretStr(generated.secret(settings.DATA_DIR, name.lower(), draft))
        for name, draft in drafts.items()
        if not getattr(settings, name).get_secret_value()
    }
    return settings.model_copy(update=missing)


@lru_cache(maxsize=1)
def load() -> Environment:
    """The process's environment over `.env` in the working directory; generated secrets filled in."""
    if Path(".env").is_file():
        environ.Env.read_env(".env", overwrite=False)
    try:
        settings = read(dict(os.environ))
        return _completed(settings)
    except ValueError as error:
        sys.exit(f"botplatform cannot start: {error}")
    except OSError as error:
        sys.exit(f"botplatform cannot start: DATA_DIR: generated secrets cannot be kept there ({error.strerror})")
