"""Logs of failed jobs: what is kept of them, and what is not shown."""

from __future__ import annotations

import pytest

from agents.github.logs import MASK, masked, trimmed
from tests.agents.github.world import HEAD, HOME, Run
from tests.fakes.github import FakeGitHub

STEPS = [
    {"name": "Set up job", "conclusion": "success", "started_at": "2026-11-02T09:41:30Z", "completed_at": "2026-11-02T09:41:33Z"},
    {"name": "Run tests", "conclusion": "failure", "started_at": "2026-11-02T09:42:00Z", "completed_at": "2026-11-02T09:43:00Z"},
    {"name": "Upload", "conclusion": "skipped", "started_at": "2026-11-02T09:43:00Z", "completed_at": "2026-11-02T09:43:00Z"},
]  # fmt: skip
JOB = {
    "id": 7,
    "name": "tests (3.12)",
    "conclusion": "failure",
    "status": "completed",
    "head_sha": HEAD,
    "steps": STEPS,
}
LOG = "\n".join([
    "\ufeff2026-11-02T09:41:31.1234567Z ##[error] not this one: it passed on",
    *(f"2026-11-02T09:42:{number % 60:02d}.0000000Z test_{number} PASSED" for number in range(1, 59)),
    "2026-11-02T09:42:59.0000000Z \x1b[31mE       assert 1 == 2\x1b[0m",
    "2026-11-02T09:42:59.1000000Z ##[error]Process completed with exit code 1.",
    "2026-11-02T09:43:09.0000000Z Cleaning up",
])  # fmt: skip


@pytest.fixture
def failed(github: FakeGitHub) -> FakeGitHub:
    github.repository(HOME, jobs={7: JOB}, logs={7: LOG})
    return github


async def test_log_is_fetched_where_it_is_kept_without_the_credential(failed: FakeGitHub, run: Run) -> None:
    content = (await run.use("github_get_job_log", job_id=7)).content
    assert "Process completed with exit code 1." in content
    [stored] = failed.select("GET /blobs/*")
    assert "authorization" not in stored.headers
    assert stored.headers["host"].startswith("localhost:")


async def test_failed_step_is_named_and_only_its_lines_are_told(failed: FakeGitHub, run: Run) -> None:
    content = (await run.use("github_get_job_log", job_id=7)).content
    assert "Steps that did not succeed: Run tests (failure)" in content
    assert "\nE       assert 1 == 2\n##[error]" in content
    assert "not this one" not in content
    assert "Cleaning up" not in content
    assert "test_1 PASSED" not in content
    assert "test_58 PASSED" in content


async def test_endless_log_is_read_from_its_end(failed: FakeGitHub, run: Run) -> None:
    failed.repository(HOME).logs[7] = "x" * 79 + "\n" + ("y" * 7999 + "\n") * 600 + "##[error]the end"
    content = (await run.use("github_get_job_log", job_id=7)).content
    assert "only the end of the log was read" in content
    assert "##[error]the end" in content
    assert len(content) < 20_000


async def test_log_that_is_gone_is_said(failed: FakeGitHub, run: Run) -> None:
    failed.refuse(410, "GET */logs")
    assert "GitHub answered 410" in (await run.use("github_get_job_log", job_id=7)).content


def test_log_without_errors_is_told_from_its_end() -> None:
    words = trimmed("\n".join(f"line {number}" for number in range(1000)))
    assert words.startswith("[… 850 lines before …]\nline 850\n")
    assert words.endswith("line 999")


def test_invisible_instructions_are_not_told() -> None:
    assert trimmed("error: \U000e0072\U000e0075\u202eit broke\u200b") == "error: it broke"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"token ghp_{'a1' * 18} used", f"token {MASK} used"),
        (f"github_pat_{'a1' * 30}", MASK),
        ("AWS_KEY AKIAIOSFODNN7EXAMPLE", f"AWS_KEY {MASK}"),
        ("Authorization: Bearer abc.def-123456", f"Authorization: Bearer {MASK}"),
        ("postgres://bot:hunter22@db/x", f"postgres://{MASK}@db/x"),
        ("DB_PASSWORD=correct-horse", f"DB_PASSWORD={MASK}"),
        ('"api_key": "0123456789"', f'"api_key": "{MASK}"'),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", MASK),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----", MASK),
        ("password: ***", "password: ***"),
        ("12 tokens used: 4711", "12 tokens used: 4711"),
        ("tests/test_token.py:12: AssertionError", "tests/test_token.py:12: AssertionError"),
    ],
)
def test_what_looks_like_a_secret_is_masked(line: str, shown: str) -> None:
    assert masked(line) == shown
