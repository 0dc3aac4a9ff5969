"""Who may know whom, read from the source; plus caps on size that keep the code as small as it is."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PRODUCT = ("agents", "transports", "botplatform")
FILE_LINES = 250
FUNCTION_LINES = 60

SERVERS = {"django", "celery", "kombu", "channels", "channels_redis", "redis", "psycopg", "psycopg_pool"}
"""What only the platform itself may speak to."""

MAY_KNOW = {
    "botplatform.models": {"botplatform.models"},
    "botplatform.pipeline": {
        "botplatform.pipeline",
        "botplatform.models",
        "botplatform.config",
        "botplatform.logs",
        "botplatform.sealing",
        "botplatform.signals",
        "agents",
        "transports",
    },
    "botplatform.embedded": {"botplatform.embedded"},
    "botplatform.logs": set(),
    "botplatform.generated": set(),
    "botplatform.config": {"botplatform.generated"},
    "botplatform.sealing": set(),
    "botplatform.signals": set(),
    "agents": {"agents"},
    "transports": {"transports"},
}
"""Package or module → what of ours it may import."""


# -- reading the source


@cache
def sources() -> dict[str, tuple[Path, ast.Module]]:
    """Module name → file and syntax tree, of the product without its migrations."""
    paths = [
        path for top in PRODUCT for path in sorted((REPOSITORY / top).rglob("*.py")) if "migrations" not in path.parts
    ]
    return {_name(path): (path, ast.parse(path.read_text())) for path in (*paths, REPOSITORY / "manage.py")}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def _imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that is ever carried out, however deep; those for the type checker alone are not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        yield from _imports(node)


@cache
def imported(module: str) -> frozenset[str]:
    """Full names of what a module imports; of ours, the module that holds it."""
    found: set[str] = set()
    for node in _imports(sources()[module][1]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif node.module:
            inside = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {full if full in sources() else node.module for full in inside.values()}
    return frozenset(found)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def modules_of(package: str) -> list[str]:
    found = [module for module in sources() if within(module, package)]
    assert found, f"there is no {package}"
    return found


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module, (_, tree) in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", node


# -- who may know whom


@pytest.mark.parametrize("package", MAY_KNOW)
def test_package_knows_only_what_lies_further_in(package: str) -> None:
    own = {
        (module, name) for module in modules_of(package) for name in imported(module) if name.split(".")[0] in PRODUCT
    }
    assert not {(module, name) for module, name in own if not any(within(name, ok) for ok in MAY_KNOW[package])}


@pytest.mark.parametrize("package", ["agents", "transports"])
def test_edges_know_no_server_and_no_framework(package: str) -> None:
    known = {name.split(".")[0] for module in modules_of(package) for name in imported(module)}
    assert not known & SERVERS


def test_models_know_django_alone() -> None:
    known = {name.split(".")[0] for module in modules_of("botplatform.models") for name in imported(module)}
    assert known - set(sys.stdlib_module_names) == {"django", "botplatform"}


def test_pipeline_knows_no_task_queue() -> None:
    known = {name.split(".")[0] for module in modules_of("botplatform.pipeline") for name in imported(module)}
    assert not known & {"celery", "kombu"}


def test_one_place_enqueues() -> None:
    enqueuing = {
        module
        for module, (_, tree) in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("apply_async", "delay", "send_task")
    }
    assert enqueuing == {"botplatform.announcing"}


def test_every_task_stands_in_the_flow() -> None:
    decorated = {
        name
        for name, function in functions()
        if any(ast.unparse(one).startswith(("app.task", "shared_task")) for one in function.decorator_list)
    }
    assert decorated
    assert all(name.startswith("botplatform.tasks.") for name in decorated)


def test_there_are_no_import_cycles() -> None:
    graph = {module: sorted(imported(module) & set(sources())) for module in sources()}
    assert [group for group in _strongly_connected(graph) if len(group) > 1 or group[0] in graph[group[0]]] == []


def _strongly_connected(graph: dict[str, list[str]]) -> list[list[str]]:
    """Tarjan's algorithm."""
    found: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(module: str) -> None:
        found[module] = lowest[module] = len(found)
        stack.append(module)
        for other in graph[module]:
            if other not in found:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], found[other])
        if lowest[module] == found[module]:
            start = stack.index(module)
            groups.append(stack[start:])
            del stack[start:]

    for module in graph:
        if module not in found:
            visit(module)
    return groups


def test_cycles_would_be_found() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}
    assert sorted(map(sorted, _strongly_connected(graph))) == [["a"], ["b", "c"], ["d"]]


def test_imports_inside_functions_state_their_reason() -> None:
    late = {
        f"{module}:{node.lineno}": path.read_text().splitlines()[node.lineno - 1]
        for module, (path, tree) in sources().items()
        if module != "manage"  # settings come first there, and `up` needs no servers to start
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in _imports(function)
    }
    assert [place for place, line in late.items() if not re.search(r"# noqa: PLC0415 - \w+ \w+", line)] == []


def test_imports_are_absolute() -> None:
    relative = {
        module
        for module, (_, tree) in sources().items()
        for node in _imports(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert relative == set()


# -- size


def test_files_stay_small() -> None:
    lines = {module: len(path.read_text().splitlines()) for module, (path, _) in sources().items()}
    assert {module: count for module, count in lines.items() if count > FILE_LINES} == {}


def test_functions_stay_small() -> None:
    lines = {name: (function.end_lineno or 0) - function.lineno + 1 for name, function in functions()}
    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = {
        module
        for module, (path, tree) in sources().items()
        if tree.body
        and not ast.get_docstring(tree)
        and not re.search(r'^    help = |"""', path.read_text(), re.MULTILINE)
    }
    assert silent <= {"botplatform.apps", "botplatform.urls"}


# -- what must not stand in any file

SKIPPED = {
    ".hypothesis",
    ".git",
    ".venv",
    ".venv-bench",
    ".data",
    ".env",
    "node_modules",
    "__pycache__",
    "staticfiles",
    "results",
}
TEXT = {
    ".py",
    ".md",
    ".txt",
    ".toml",
    ".html",
    ".js",
    ".css",
    ".json",
    ".yml",
    ".yaml",
    ".service",
    ".example",
    ".sh",
    "",
}
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|tmp/boot)(?:/|\b(?![-/]))"),
    "a package index": re.compile(r"(?<!no-emit-)\bindex-url|\bpypi\.|pythonhosted|/simple/?$", re.MULTILINE),
    "a page that is not here": re.compile(r"\b(?:DESIGN|CONTRACT|FAULTS|STYLE)\.md"),
    "unfinished work": re.compile(r"\b(?:TODO|FIXME|XXX)\b|(?i:coming soon)"),
    "a private key": re.compile(r"-----BEGIN (?:RSA |EC )?PRIVATE KEY-----\n[A-Za-z0-9+/]{60}"),
}


@cache
def texts() -> dict[str, str]:
    """Path → text of every file that belongs to the repository, but this one."""
    found = {}
    for path in _files(REPOSITORY):
        if path.suffix in TEXT and path != Path(__file__):
            found[str(path.relative_to(REPOSITORY))] = path.read_text(errors="replace")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in SKIPPED or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    assert len(texts()) > 100
    assert {name: found[0] for name, text in texts().items() if (found := FORBIDDEN[what].search(text))} == {}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a path of one machine", "cd /" + "work/main"),
        ("a path of one machine", "see /" + "tmp/boot/notes"),
        ("a package index", "--index" + "-url https://example.org"),
        ("a page that is not here", "as CONTRACT" + ".md says"),
        ("unfinished work", "# TO" + "DO"),
    ],
)
def test_forbidden_text_would_be_found(what: str, text: str) -> None:
    assert FORBIDDEN[what].search(text)
