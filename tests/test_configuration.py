"""The environment: every promised name is read and documented, and a value that cannot be used stops the start."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from botplatform import config, logs

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "configuration.md").read_text()
TABLE, _, LATER = PAGE.partition("\n## Not read yet")

# What operators are promised; a name may move from the page's second list to its table, and never disappear.
PROMISED = {
    "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "TELEGRAM_MODE", "DATA_DIR", "HOST", "PORT", "WEBCHAT_PUBLIC",
    "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DEBUG", "ADMIN_USERNAME", "ADMIN_PASSWORD",
    "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "DEFAULT_MODEL", "ROUTER_MODEL", "FALLBACK_MODELS",
    "OPENROUTER_API_KEY", "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_API_URL", "TELEGRAM_ADMIN_IDS",
    "TELEGRAM_ALLOWED_IDS", "GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET",
    "GITHUB_BOT_LOGIN", "GITHUB_API_URL", "BATCH_WINDOW_MS", "BATCH_MAX_WINDOW_MS", "BATCH_MAX_MESSAGES",
    "HEARTBEAT_SECONDS", "STUCK_AFTER_SECONDS", "SWEEP_SECONDS", "BATCH_MAX_ATTEMPTS", "RATE_LIMIT_PER_HOUR",
    "DAILY_BUDGET_USD", "USER_DAILY_BUDGET_USD", "APPROVAL_TTL_SECONDS", "HISTORY_LIMIT", "SESSION_TTL_DAYS",
    "UPDATE_RETENTION_DAYS", "SECRETS_KEY", "SEARCH_PROVIDER", "SEARCH_URL", "SEARCH_API_KEY", "EMBEDDINGS_URL",
    "EMBEDDINGS_API_KEY", "EMBEDDINGS_MODEL", "ALERT_WEBHOOK_URL", "ROUTER_DEBUG", "LOG_LEVEL", "LOG_FORMAT",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ROLES_CLAIM",
}  # fmt: skip
GENERATED = {"SECRET_KEY", "SECRETS_KEY", "TELEGRAM_WEBHOOK_SECRET", "ADMIN_PASSWORD"}
EMBEDDED = {"DATABASE_URL", "REDIS_URL"}

FIELDS = config.Environment.model_fields
DOCUMENTED = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", TABLE, re.MULTILINE))
RESERVED = re.findall(r"`([A-Z_]+)`", LATER)
SOURCE = "\n".join(path.read_text() for path in (REPOSITORY / "botplatform").rglob("*.py") if path.name != "config.py")


# -- every name


def test_every_promised_name_is_read_or_reserved() -> None:
    assert {*FIELDS, *RESERVED} == PROMISED


def test_no_name_is_both_read_and_reserved() -> None:
    assert not set(FIELDS) & set(RESERVED)


@pytest.mark.parametrize("name", sorted({*FIELDS, *DOCUMENTED}))
def test_setting_is_documented_with_its_default(name: str) -> None:
    assert DOCUMENTED.get(name) == _documented_default(name)


def _documented_default(name: str) -> str:
    default: Any = FIELDS[name].default
    if name in GENERATED:
        return "generated"
    if name in EMBEDDED:
        return "embedded"
    if isinstance(default, SecretStr) or default in ("", []):
        return "empty"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{','.join(default) if isinstance(default, list) else default}`"


@pytest.mark.parametrize("name", FIELDS)
def test_something_reads_the_setting(name: str) -> None:
    assert re.search(rf"\.{name}\b", SOURCE)


def test_example_file_holds_settings_only_and_changes_nothing() -> None:
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    assert not [line for line in lines if line.strip() and not line.startswith("#")]
    names = [found[1] for line in lines if (found := re.match(r"#([A-Z_]+)=", line))]
    assert names
    assert set(names) <= set(FIELDS)


# -- values that can be used


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("FALLBACK_MODELS", " a , b ,", ["a", "b"]),
        ("TELEGRAM_ALLOWED_IDS", "1,-100", ["1", "-100"]),
        ("PUBLIC_URL", "https://bots.example.org/", "https://bots.example.org"),
        ("DEBUG", "true", True),
        ("WEBCHAT_PUBLIC", "0", False),
        ("HEARTBEAT_SECONDS", "2.5", 2.5),
        ("REDIS_URL", "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("DATABASE_URL", "postgres://h/db", "postgres://h/db"),
        ("DEFAULT_MODEL", "", "claude-sonnet-5-5"),
    ],
)
def test_value_is_read_as(name: str, value: str, read: object) -> None:
    assert getattr(config.read({name: value}), name) == read


def test_names_that_are_not_ours_are_left_alone() -> None:
    assert config.read({"PATH": "/bin", "DAILY_BUDGET_USD": "nonsense"}) == config.read({})


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        config.read({}).PORT = 1


# -- values that cannot

SECRET = "hunter2-hunter2"
UNUSABLE = [
    ("DATABASE_URL", f"mysql://bots:{SECRET}@db/bots"),
    ("DATABASE_URL", f"postgresql://bots:{SECRET}@[::1/bots"),
    ("DATABASE_URL", f"postgresql://bots:{SECRET}\u2100@db/bots?nonsense=1"),
    ("DATABASE_URL", f"postgresql://bots:{SECRET}@db:port/bots"),
    ("REDIS_URL", f"http://:{SECRET}@cache"),
    ("REDIS_URL", f"redis://:{SECRET}\u2100@cache"),
    ("REDIS_URL", f"redis://:{SECRET}@cache:port/0"),
    ("REDIS_URL", f"redis://:{SECRET}@[::1"),
    ("PUBLIC_URL", "bots.elsewhere.test"),
    ("PUBLIC_URL", "ftp://bots.example.org"),
    ("PUBLIC_URL", "https:///elsewhere"),
    ("PUBLIC_URL", "https://bots.elsewhere.test:port"),
    ("ALLOWED_HOSTS", "https://bots.elsewhere.test"),
    ("CSRF_TRUSTED_ORIGINS", "bots.elsewhere.test"),
    ("SECRETS_KEY", SECRET),
    ("TELEGRAM_WEBHOOK_SECRET", "with a space"),
    ("ANTHROPIC_BASE_URL", "localhost:11434"),
    ("TELEGRAM_API_URL", "localhost:8081"),
    ("GITHUB_API_URL", "//github.example.org"),
    ("TELEGRAM_MODE", "sometimes"),
    ("PORT", "http"),
    ("PORT", "65536"),
    ("PORT", "-8000"),
    ("DEBUG", "perhaps"),
    ("WEBCHAT_PUBLIC", "everybody"),
    ("TELEGRAM_ADMIN_IDS", "12345678,anna"),
    ("TELEGRAM_ALLOWED_IDS", "@annathefirst"),
    ("BATCH_WINDOW_MS", "-500"),
    ("BATCH_WINDOW_MS", "500ms"),
    ("BATCH_WINDOW_MS", "987654"),
    ("BATCH_MAX_WINDOW_MS", "-5000"),
    ("BATCH_MAX_WINDOW_MS", "499"),
    ("BATCH_MAX_MESSAGES", "-10"),
    ("BATCH_MAX_MESSAGES", "ten"),
    ("BATCH_MAX_ATTEMPTS", "1.5"),
    ("HEARTBEAT_SECONDS", "7.51"),
    ("HEARTBEAT_SECONDS", "nan"),
    ("HEARTBEAT_SECONDS", "often"),
    ("STUCK_AFTER_SECONDS", "19.9"),
    ("STUCK_AFTER_SECONDS", "-30"),
    ("SWEEP_SECONDS", "-10"),
    ("SWEEP_SECONDS", "1e300"),
    ("STUCK_AFTER_SECONDS", "inf"),
    ("SESSION_TTL_DAYS", "inf"),
    ("UPDATE_RETENTION_DAYS", "1e12"),
    ("BATCH_MAX_MESSAGES", "9" * 30),
    ("TELEGRAM_ADMIN_IDS", "\u00b2\u00b3"),
    ("HISTORY_LIMIT", "forty"),
    ("SESSION_TTL_DAYS", "a week"),
    ("UPDATE_RETENTION_DAYS", "-30"),
    ("LOG_LEVEL", "chatty"),
    ("LOG_FORMAT", "xml"),
    ("GITHUB_APP_ID", "987654"),
    ("GITHUB_APP_PRIVATE_KEY", SECRET),
]


@pytest.mark.parametrize(("name", "value"), UNUSABLE, ids=[f"{name}={value}" for name, value in UNUSABLE])
def test_unusable_value_is_refused_in_one_line_that_names_the_setting_only(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name) as refused:
        config.read({name: value})
    said = str(refused.value)
    assert len(said.splitlines()) == 1
    assert value not in said
    assert SECRET not in said
    assert "validation error" not in said
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("together", "named"),
    [
        ({"TELEGRAM_MODE": "webhook"}, "PUBLIC_URL"),
        ({"GITHUB_TOKEN": "t"}, "GITHUB_WEBHOOK_SECRET"),
        ({"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": "k"}, "GITHUB_WEBHOOK_SECRET"),
        ({"GITHUB_APP_ID": "1", "GITHUB_WEBHOOK_SECRET": "s"}, "GITHUB_APP_PRIVATE_KEY"),
        ({"OIDC_ISSUER": "https://login.example.org"}, "OIDC_CLIENT_ID"),
        ({"OIDC_ROLES_CLAIM": "roles"}, "OIDC_ISSUER"),
        ({"HEARTBEAT_SECONDS": "4", "STUCK_AFTER_SECONDS": "15"}, "HEARTBEAT_SECONDS"),
        ({"BATCH_WINDOW_MS": "2", "BATCH_MAX_WINDOW_MS": "1"}, "BATCH_MAX_WINDOW_MS"),
    ],
)
def test_values_that_contradict_each_other_are_refused(together: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        config.read(together)


# -- at start


def start(directory: Path, *, program: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own."""
    program = program or "from botplatform import config; print(config.load().model_dump_json())"
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=directory,
        check=False,
    )


def test_unusable_value_stops_the_start_with_one_line(tmp_path: Path) -> None:
    stopped = start(tmp_path, program="import botplatform.settings", PORT="http", LOG_LEVEL="chatty")
    assert stopped.returncode == 1
    assert stopped.stdout == ""
    assert re.fullmatch(r"botplatform cannot start: PORT: .+\n", stopped.stderr)


def test_data_directory_that_cannot_be_used_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stopped = start(tmp_path, DATA_DIR="file/data")
    assert re.fullmatch(r"botplatform cannot start: DATA_DIR: [^/]+\n", stopped.stderr)


def test_every_command_stops_the_same_way(tmp_path: Path) -> None:
    stopped = subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), "worker"],
        env={"REDIS_URL": f"http://:{SECRET}@cache"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert (stopped.returncode, stopped.stderr.count("\n"), SECRET in stopped.stderr) == (1, 1, False)


def test_nothing_is_written_when_the_start_is_refused(tmp_path: Path) -> None:
    start(tmp_path, PORT="http")
    assert list(tmp_path.iterdir()) == []


def test_env_file_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\nPORT=8123\nADMIN_USERNAME='anna b'\nDEFAULT_MODEL=from-file\n")
    read = json.loads(start(tmp_path, DEFAULT_MODEL="from-environment").stdout)
    assert (read["PORT"], read["ADMIN_USERNAME"], read["DEFAULT_MODEL"]) == (8123, "anna b", "from-environment")


def test_unusable_value_in_the_env_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=http\n")
    assert start(tmp_path).stderr.startswith("botplatform cannot start: PORT: ")


SHOW_SECRETS = """
from botplatform import config
ours = config.load()
print(*(getattr(ours, name).get_secret_value() for name in ("SECRET_KEY", "SECRETS_KEY", "TELEGRAM_WEBHOOK_SECRET")))
"""


def test_secrets_are_generated_once(tmp_path: Path) -> None:
    first, second = (start(tmp_path, program=SHOW_SECRETS, DATA_DIR="here").stdout for _ in range(2))
    assert first == second
    assert len({*first.split()}) == 3
    assert min(map(len, first.split())) >= 40


def test_generated_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    start(tmp_path, DATA_DIR="here")
    folder = tmp_path / "here" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "secret_key": 0o600,
        "secrets_key": 0o600,
        "telegram_webhook_secret": 0o600,
    }


def test_given_secret_is_not_generated(tmp_path: Path) -> None:
    shown = start(tmp_path, program=SHOW_SECRETS, SECRET_KEY="given", TELEGRAM_WEBHOOK_SECRET="given-too").stdout
    assert shown.startswith("given ")
    assert [path.name for path in (tmp_path / ".data" / "secrets").iterdir()] == ["secrets_key"]


def test_processes_that_start_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SHOW_SECRETS]
    env = {"PYTHONPATH": str(REPOSITORY)}
    started = [subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


OIDC = {"OIDC_ISSUER": "https://login.example.org", "OIDC_CLIENT_ID": "bots"}
GIVEN = {
    **{name: f"secret-{name}" for name in FIELDS if isinstance(FIELDS[name].default, SecretStr)},
    "SECRETS_KEY": base64.urlsafe_b64encode(b"s" * 32).decode(),
}


def test_secrets_are_not_shown_by_the_settings_themselves() -> None:
    ours = config.read({**GIVEN, "GITHUB_APP_ID": "1", **OIDC})
    shown = f"{ours!r} {ours} {ours.model_dump_json()}"
    assert [name for name, value in GIVEN.items() if value in shown] == []


def test_secrets_of_names_every_secret_and_passwords_in_addresses() -> None:
    addresses = {"DATABASE_URL": "postgresql://u:db-password@h/d", "REDIS_URL": "redis://:redis-password@h"}
    found = logs.secrets_of(config.read({**GIVEN, **addresses, "GITHUB_APP_ID": "1", **OIDC}))
    assert set(found) == {*GIVEN.values(), "db-password", "redis-password"}
