"""What is logged, and that no secret is: each test logs for real, in a process or a handler of its own."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import pytest
from django.test import RequestFactory, override_settings
from django.views import debug

from botplatform import logs, reporting

REPOSITORY = Path(__file__).resolve().parent.parent
TOKEN = "987654321:AAHkq3_wXv-J2mZbT0s9dPqL8yRfUcNe4Ga"
PASSWORD = "p&ss'w\"rd/1 ü"
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(f"MIIEow{n:058d}" for n in range(3)) + "\n-----END-----\n"
NOISY = ("httpx", "httpx2", "httpcore", "httpcore.http11", "httpcore2.connection", "anthropic", "uvicorn.access")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test hides its own secrets only."""
    monkeypatch.setattr(logs, "_known", [])


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that reaches standard error through the root logger at LOG_LEVEL=DEBUG, in either format."""
    yield from _configured(monkeypatch, json=request.param == "json")


@pytest.fixture
def json_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    yield from _configured(monkeypatch, json=True)


def _configured(monkeypatch: pytest.MonkeyPatch, *, json: bool) -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*NOISY, "uvicorn.error", "django.db.backends")}
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(level="DEBUG", json=json)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def python(code: str, tmp_path: Path, **environment: str) -> str:
    """What a process of its own prints on standard error."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={"DATA_DIR": str(tmp_path), "PYTHONPATH": str(REPOSITORY), "DJANGO_SETTINGS_MODULE": "botplatform.settings"}
        | environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    return done.stderr


# -- redact, hide


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"token {TOKEN}",
        "Authorization: Bearer ghp_0123456789abcdefABCDEF0123456789abcd",
        "ghs_0123456789abcdefABCDEF",
        "github_pat_11ABCDEFG0123456789_abcdef",
        "x-api-key: sk-ant-api03-abcdefgh",
        "Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJl",
        "postgresql://bots:hunter2@db.example.org/bots",
        "redis://:hunter2@cache:6379/0",
    ],
)
def test_what_looks_like_a_credential_is_redacted_unseen(text: str) -> None:
    redacted = logs.redact(text)
    assert "[redacted]" in redacted
    assert not any(part in redacted for part in ("AAHkq3", "0123456789", "hunter2", "abcdefgh", "c2lnbmF0"))


@pytest.mark.parametrize(
    "text",
    [
        "2027-11-21T10:20:00.123456Z",
        "sha256:9f86d081884c7d659a2feaa0c55ad015",
        "worker@host-1:12345",
        "http://127.0.0.1:8000/chat/",
        "task-list risk-free",
        "mail to anna@example.org",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert logs.redact(text) == text


@pytest.mark.parametrize(
    "spelled", [PASSWORD, quote(PASSWORD, safe=""), json.dumps(PASSWORD), repr(PASSWORD), "p&amp;ss&#x27;w&quot;rd/1 ü"]
)
def test_hidden_secret_is_redacted_however_it_is_spelled(spelled: str) -> None:
    logs.hide(PASSWORD)
    assert logs.redact(f"<{spelled}>").strip("<\"'>") == "[redacted]"


@pytest.mark.parametrize("text", [PEM, repr(PEM), json.dumps({"key": PEM}), PEM.splitlines()[2]])
def test_no_line_of_a_private_key_is_left(text: str) -> None:
    logs.hide(PEM)
    assert "MIIEow" not in logs.redact(text)


def test_key_given_with_escaped_line_ends_is_redacted_as_lines_too() -> None:
    logs.hide(PEM.replace("\n", "\\n"))
    assert "MIIEow" not in logs.redact(PEM)


def test_secret_that_holds_another_leaves_nothing_behind() -> None:
    logs.hide("abcdef", "abcdef-and-more")
    assert logs.redact("abcdef-and-more") == "[redacted]"


def test_very_short_secret_is_not_taken_for_one() -> None:
    logs.hide("admin")
    assert logs.redact("an admin") == "an admin"


# -- lines


def test_secret_is_redacted_anywhere_in_an_event(written: io.StringIO) -> None:
    logs.hide("s3cret-value")
    nested = {"list": ["s3cret-value"], "tuple": ({"deep": "s3cret-value"},), "object": ValueError("s3cret-value")}
    logs.structlog.get_logger("t").info("event", plain="has s3cret-value", raw=b"s3cret-value", **nested)
    assert "event" in written.getvalue()
    assert "s3cret" not in written.getvalue()


def test_secret_in_a_librarys_message_is_redacted(written: io.StringIO) -> None:
    logs.hide("s3cret-value")
    logging.getLogger("some.library").warning("calling %s with %r", "s3cret-value", {"key": "s3cret-value"})
    assert "calling" in written.getvalue()
    assert "s3cret" not in written.getvalue()


def test_traceback_is_logged_without_secrets_or_variables(written: io.StringIO) -> None:
    logs.hide("s3cret-value")
    local = "s3cret-value"
    try:
        raise ValueError(f"refused {local}") from KeyError(TOKEN)
    except ValueError:
        logs.structlog.get_logger("t").exception("event")
    logged = written.getvalue()
    assert "ValueError: refused [redacted]" in logged
    assert "s3cret" not in logged.replace('"s3cret-value"', "")  # this file's own source lines name it
    assert TOKEN not in logged


def test_librarys_traceback_is_redacted(written: io.StringIO) -> None:
    try:
        raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert "ValueError: https://api.telegram.org/bot[redacted]/getMe" in written.getvalue()


def test_line_that_cannot_be_written_tells_none_of_its_arguments(json_lines: io.StringIO) -> None:
    [ours] = [handler for handler in logging.getLogger().handlers if isinstance(handler, logs._Handler)]
    ours.handle(logging.LogRecord("some.library", logging.WARNING, "", 1, "too few %s %s", ("unknown-secret",), None))
    assert "cannot be written" in json_lines.getvalue()
    assert "unknown-secret" not in json_lines.getvalue()


def test_json_line_has_the_fields_that_readers_rely_on(json_lines: io.StringIO) -> None:
    logs.structlog.get_logger("a.name").warning("some.event", batch_id=7, ok=True, none=None, cost=0.5)
    line = json.loads(json_lines.getvalue())
    assert line.pop("timestamp").endswith("Z")
    expected = {"event": "some.event", "level": "warning", "logger": "a.name"}
    assert line == expected | {"batch_id": 7, "ok": True, "none": None, "cost": 0.5}


def test_every_json_line_is_one_line(json_lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("first\nsecond")
    logs.structlog.get_logger("t").info("third\nfourth")
    assert [json.loads(line)["event"] for line in json_lines.getvalue().splitlines()] == [
        "first\nsecond",
        "third\nfourth",
    ]


def test_request_id_stands_on_our_lines_and_on_libraries(json_lines: io.StringIO) -> None:
    with logs.structlog.contextvars.bound_contextvars(request_id="abc123"):
        logs.structlog.get_logger("t").info("ours")
        logging.getLogger("some.library").warning("theirs")
    assert [json.loads(line)["request_id"] for line in json_lines.getvalue().splitlines()] == ["abc123", "abc123"]


def test_console_line_names_event_and_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in _configured(monkeypatch, json=False):
        logs.structlog.get_logger("t").info("some.event", batch_id=7)
        assert "some.event" in stream.getvalue()
        assert "batch_id=7" in stream.getvalue()


# -- libraries


@pytest.mark.parametrize("name", NOISY)
def test_library_stays_quiet_at_debug(name: str, written: io.StringIO) -> None:
    logging.getLogger(name).debug("chatter")
    logging.getLogger(name).info("chatter")
    assert written.getvalue() == ""


@pytest.mark.parametrize("name", ["uvicorn.error", "websockets.server", "django.db.backends"])
def test_cookies_and_statements_stay_out_at_debug(name: str, written: io.StringIO) -> None:
    logging.getLogger(name).debug("< Cookie: botplatform_session=abc")
    assert written.getvalue() == ""


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_call_with_a_token_in_its_address_logs_nothing_at_debug(library: str, written: io.StringIO) -> None:
    http: ModuleType = pytest.importorskip(library)
    transport = http.MockTransport(lambda request: http.Response(200, json={"ok": True}))
    with http.Client(transport=transport) as client:
        client.get(f"https://api.telegram.org/bot{TOKEN}/getMe")
    assert written.getvalue() == ""


def test_real_connection_logs_no_token_at_debug(tmp_path: Path) -> None:
    said = python(
        f"""
        import django, httpx, logging
        django.setup()
        logging.getLogger("t").debug("debugging")
        try:
            httpx.get("http://127.0.0.1:9/bot{TOKEN}/getMe")
        except httpx.ConnectError:
            logging.getLogger("t").exception("no connection")
        """,
        tmp_path,
        LOG_LEVEL="DEBUG",
    )
    assert "debugging" in said
    assert "no connection" in said
    assert TOKEN.partition(":")[2] not in said.replace(f'"http://127.0.0.1:9/bot{TOKEN}/getMe"', "")


def test_celery_leaves_level_and_handlers_alone(tmp_path: Path) -> None:
    said = python(
        """
        import django, logging
        django.setup()
        from botplatform.celery import app
        before = logging.getLogger().handlers[:]
        app.log.setup(loglevel="DEBUG", redirect_stdouts=False)
        assert logging.getLogger().handlers == before
        logging.getLogger("t").warning("too much")
        logging.getLogger("t").error("just right")
        """,
        tmp_path,
        LOG_LEVEL="ERROR",
    )
    assert "just right" in said
    assert "too much" not in said


# -- what nobody caught


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError(config.load().ANTHROPIC_API_KEY.get_secret_value())",
        "raise ValueError(config.load().DATABASE_URL)",
        "import threading\nthreading.Thread(target=lambda: {}[config.load().TELEGRAM_BOT_TOKEN.get_secret_value()]).start()",
    ],
    ids=["key", "address", "thread"],
)
def test_uncaught_exception_is_printed_redacted(code: str, tmp_path: Path) -> None:
    said = python(
        f"import django; django.setup()\nfrom botplatform import config\n{code}",
        tmp_path,
        ANTHROPIC_API_KEY="a-key-of-no-known-shape",
        TELEGRAM_BOT_TOKEN=TOKEN,
        DATABASE_URL="postgresql://bots:correct-horse@db.example.org/bots",
    )
    assert "Traceback" in said
    assert "[redacted]" in said
    assert not any(secret in said for secret in ("a-key-of", TOKEN, "correct-horse"))


# -- Django's error pages


def _page(**values: object) -> str:
    """The page that DEBUG=true shows for an exception, with these values among its variables."""
    shown = dict(values)
    try:
        raise LookupError(f"nothing found for {shown}")
    except LookupError:
        reporter = debug.get_exception_reporter_class(None)(RequestFactory().get("/"), *sys.exc_info())
        return reporter.get_traceback_html() + reporter.get_traceback_text()


def test_error_page_shows_settings_without_passwords_in_addresses() -> None:
    with override_settings(DATABASE_URL="postgresql://bots:hunter2@db/bots", REDIS_URL="redis://:hunter2@cache/0"):
        page = _page()
    assert "db/bots" in page
    assert "hunter2" not in page


def test_error_page_shows_no_setting_of_the_environment(settings: object) -> None:
    secrets = [value.get_secret_value() for value in vars(settings.ENV).values() if hasattr(value, "get_secret_value")]  # type: ignore[attr-defined]
    page = _page(env=settings.ENV)  # type: ignore[attr-defined]
    assert "TELEGRAM_WEBHOOK_SECRET" in page
    assert not [secret for secret in secrets if secret and secret in page]


def test_error_page_redacts_variables_before_it_cuts_them() -> None:
    logs.hide("s3cret-" + "x" * 40)
    page = _page(long="y" * 4070 + "s3cret-" + "x" * 40)
    assert "[redac" in page
    assert "s3cret-x" not in page


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no words for it")


def test_value_that_cannot_be_shown_does_not_hide_the_error() -> None:
    assert repr(reporting._Shown(Broken())) == "<cannot be shown: RuntimeError>"
