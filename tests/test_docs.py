"""The documentation is true: links lead somewhere, named commands and events exist, recipes work as they stand."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = sorted(path for folder in ("", "docs", "deploy") for path in (REPOSITORY / folder).glob("*.md"))
PRODUCT = ("agents", "transports", "botplatform")
DJANGOS = {"migrate", "shell"}
"""Commands of Django's that the documentation may use."""


def page(name: str) -> str:
    return (REPOSITORY / name).read_text()


# -- links


def links(text: str) -> Iterator[str]:
    """Targets of links and images outside code."""
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", prose)


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_within_the_repository_lead_somewhere(path: Path) -> None:
    broken = []
    for link in links(path.read_text()):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        found = (path.parent / target).resolve() if target else path
        if not found.exists() or (anchor and anchor not in anchors(found.read_text())):
            broken.append(link)
    assert broken == []


def test_every_page_can_be_found_from_the_readme() -> None:
    seen, ahead = set(), [REPOSITORY / "README.md"]
    while ahead:
        path = ahead.pop()
        if path in seen or path.suffix != ".md" or not path.exists():
            continue
        seen.add(path)
        ahead += [
            (path.parent / link.partition("#")[0]).resolve() for link in links(path.read_text()) if ":" not in link
        ]
    assert {path.name for path in (REPOSITORY / "docs").glob("*.md")} <= {path.name for path in seen}


# -- commands and targets


def _code(text: str) -> str:
    """What stands in shell blocks and between backticks."""
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```|`([^`\n]+)`", text, re.MULTILINE | re.DOTALL)
    return "\n".join(words or block for language, block, words in found if language in ("", "sh"))


@cache
def own_commands() -> frozenset[str]:
    return frozenset(name for name, app in get_commands().items() if app == "botplatform")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_named_commands_exist(path: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", _code(path.read_text())))
    assert named <= own_commands() | DJANGOS


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_named_options_exist(path: Path) -> None:
    missing = []
    for name, rest in re.findall(r"manage\.py ([a-z_]+)([^\n|`]*)", _code(path.read_text())):
        parser = load_command_class("botplatform", name).create_parser("", name) if name in own_commands() else None
        known = parser.format_help() if parser else ""
        missing += [f"{name} {option}" for option in re.findall(r"--[a-z-]+", rest) if parser and option not in known]
    assert missing == []


def test_every_command_is_documented() -> None:
    everything = "\n".join(_code(path.read_text()) for path in PAGES)
    assert {name for name in own_commands() if not re.search(rf"manage\.py {name}\b", everything)} == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_named_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([\w./-]+):(?!=)", page("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|[\s`])make ([a-z.][\w./-]*)", _code(path.read_text()), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_named_files_exist(path: Path) -> None:
    folders = "agents|transports|botplatform|tests|templates|docs|deploy|bench"
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(rf"`((?:{folders})/[\w./-]*)`", text)) - {"tests/payloads/chatter/"}
    assert {name for name in named if not (REPOSITORY / name).exists()} == set()


# -- log events


@cache
def logged() -> dict[str, set[str]]:
    """Event → names of its fields, out of every call of a logger with a constant name."""
    events: dict[str, set[str]] = {}
    for top in PRODUCT:
        for path in (REPOSITORY / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and (name := _event(node)):
                    events.setdefault(name, set()).update(keyword.arg or "**" for keyword in node.keywords)
    return events


def _event(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    by_logger = re.fullmatch(r"log\.(debug|info|warning|error|exception)", ast.unparse(call.func))
    by_operator = ast.unparse(call.func) == "_outcome" and "." in first.value
    return first.value if by_logger or by_operator else ""


def documented_events() -> dict[str, str]:
    """Event → the fields in its row."""
    section = page("docs/operating.md").partition("## Log events")[2]
    rows = re.findall(r"^\| (`[^|]+`) \|([^|]*)\|", section, re.MULTILINE)
    return {name: fields for names, fields in rows for name in re.findall(r"`([a-z_.]+)`", names)}


def test_every_event_is_documented_and_every_documented_event_is_logged() -> None:
    assert set(documented_events()) == set(logged())


@pytest.mark.parametrize(
    ("event", "fields"),
    {
        "update.accepted": {"update_id", "request_id", "external_id", "outcome", "reason"},
        "update.duplicate": {"update_id", "external_id"},
        "batch.claimed": {"batch_id", "session_id", "epoch", "message_count"},
        "batch.stuck": {"batch_id", "duration_ms", "message_count", "action"},
        "llm.call_failed": {"error", "retryable", "attempts"},
        "reply.sent": {"provider_id", "part", "session_id"},
    }.items(),
)
def test_stable_event_keeps_its_fields(event: str, fields: set[str]) -> None:
    assert fields <= logged()[event]
    assert fields <= set(re.findall(r"`(\w+)`", documented_events()[event]))


# -- recipes


@cache
def recipes() -> dict[str, str]:
    """Path → content, of every block that begins with its path; patches by the path that they change."""
    found = {}
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", page("CONTRIBUTING.md"), re.MULTILINE | re.DOTALL):
        if language == "diff":
            found[f"patch of {re.search(r'^--- a/(.+)$', block, re.MULTILINE)[1]}"] = block  # type: ignore[index]
        elif named := re.match(r"(?:# |<!-- )([\w./-]+/[\w.-]+)(?: -->)?\n", block):
            found[named[1]] = block[named.end() :]
    return found


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages in which every recipe was followed."""
    copy = tmp_path_factory.mktemp("recipes")
    ignore = shutil.ignore_patterns("__pycache__", "test_*.py", "conftest.py")
    for name in ("agents", "transports", "templates/prompts", "tests/agents"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=ignore)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/agents/test_registry.py"):
        shutil.copy(REPOSITORY / name, copy / name)
    (copy / "tests/transports").mkdir()
    (copy / "tests/transports/__init__.py").touch()
    (copy / "transports/testing.py").write_text(page("transports/testing.py"))
    for path, content in recipes().items():
        if path.startswith("patch of "):
            subprocess.run(["git", "apply", "-"], input=content, text=True, check=True, cwd=copy)
        else:
            (copy / path).write_text(content)
    return copy


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def test_recipes_are_complete() -> None:
    names = {path.removeprefix("patch of ") for path in recipes()}
    assert {"agents/registry.py", "agents/tools/registry.py", "transports/registry.py"} <= names
    assert len([name for name in names if name.startswith("tests/")]) == 3


def test_recipes_pass_their_own_tests(followed: Path) -> None:
    loop = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function"
    (followed / "pytest.ini").write_text(f"[pytest]\n{loop}\nfilterwarnings = error\n")
    said = run(followed, "pytest", "-c", "pytest.ini", "-p", "no:django", "-p", "no:cacheprovider", "-q", "tests")
    assert said.startswith("exit 0"), said
    assert "passed" in said


def test_what_the_recipes_add_is_registered(followed: Path) -> None:
    code = (
        "from agents.registry import AGENTS, TOOLS; from transports.registry import TRANSPORTS;"
        "print(sorted(AGENTS), sorted(TOOLS), sorted(TRANSPORTS))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=followed, capture_output=True, text=True, check=True).stdout
    assert all(f"'{name}'" in said for name in ("poet-agent", "roll_die", "chatter"))


@pytest.mark.parametrize("check", [("ruff", "check"), ("ruff", "format", "--check")], ids=" ".join)
def test_recipes_keep_the_house_style(followed: Path, check: tuple[str, ...]) -> None:
    paths = [path for path in recipes() if path.endswith(".py") and not path.startswith("patch of ")]
    said = run(followed, *check, *paths)
    assert said.startswith("exit 0"), said
