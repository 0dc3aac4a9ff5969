"""File tools work inside the sandbox: words and links lead no further than the workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.base import RunContext, Services, Tool, ToolResult
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.files import ListFiles, ReadFile, WriteFile
from agents.tools.sandbox.searching import SearchFiles
from agents.tools.sandbox.shell import Bash
from tests.agents.context import MemoryContext

LED_OUT = ["../outside", "a/../../outside", "/etc/passwd", "/workspace/../etc/passwd", "~/../../etc/passwd"]
TOOLS: list[tuple[Tool, dict[str, str]]] = [
    (ReadFile(), {}),
    (WriteFile(), {"content": "x"}),
    (ListFiles(), {}),
    (SearchFiles(), {"pattern": "."}),
]


async def write(context: RunContext, path: str, content: str) -> ToolResult:
    return await WriteFile().call({"path": path, "content": content}, context)


async def read(context: RunContext, path: str, **more: int) -> ToolResult:
    return await ReadFile().call({"path": path, **more}, context)


async def shell(context: RunContext, command: str, **more: int) -> ToolResult:
    return await Bash().call({"command": command, **more}, context)


# -- what they do


async def test_what_is_written_can_be_read(context: MemoryContext) -> None:
    assert (await write(context, "new/dir/a.txt", "one\ntwo\n")).content == "Wrote 8 bytes to new/dir/a.txt."
    assert (await read(context, "new/dir/a.txt")).content == "Lines 1 to 2 of 2:\n     1\tone\n     2\ttwo"


async def test_a_range_of_lines_is_read(context: MemoryContext) -> None:
    await write(context, "a", "\n".join(map(str, range(1, 101))))
    assert (await read(context, "a", first_line=50, lines=2)).content == "Lines 50 to 51 of 99:\n    50\t50\n    51\t51"


async def test_an_empty_file_is_read(context: MemoryContext) -> None:
    await write(context, "a", "")
    assert not (await read(context, "a")).is_error


async def test_a_large_file_is_read_in_part(context: MemoryContext) -> None:
    await shell(context, "head -c 20M /dev/zero | tr '\\0' x > large")
    assert len((await read(context, "large")).content) < 51_000


async def test_listing_shows_kinds_and_sizes(context: MemoryContext) -> None:
    await shell(context, "mkdir d; printf 123 > d/f; ln -s /etc l; mkfifo p; touch \"$(printf 'a\\nb')\" -- -rf")
    assert (await ListFiles().call({}, context)).content.splitlines() == [
        "'a\\nb'  0",
        "-rf  0",
        "d/",
        "d/f  3",
        "l  (a link)",
        "p  (neither file nor directory)",
    ]


async def test_listing_nothing_says_so(context: MemoryContext) -> None:
    assert (await ListFiles().call({}, context)).content == "It is empty."


async def test_listing_very_much_is_cut(context: MemoryContext) -> None:
    await shell(context, "for n in $(seq 700); do : > f$n; done")
    assert (await ListFiles().call({}, context)).content.endswith("… and 200 more")


async def test_searching_finds_lines(context: MemoryContext) -> None:
    await write(context, "a.py", "x = 1\ny = 2\n")
    await write(context, "b.txt", "y = 3\n")
    assert (await SearchFiles().call({"pattern": r"^y = \d", "glob": "*.py"}, context)).content == "./a.py:2:y = 2"
    assert (await SearchFiles().call({"pattern": r"^y = \d", "fixed": True}, context)).content == "No line matches."


async def test_a_wrong_expression_is_told(context: MemoryContext) -> None:
    found = await SearchFiles().call({"pattern": "("}, context)
    assert found.is_error
    assert "unclosed group" in found.content


async def test_a_pattern_is_never_an_option(context: MemoryContext) -> None:
    await write(context, "a", "--pre=touch x\n")
    assert "./a:1:" in (await SearchFiles().call({"pattern": "--pre=touch"}, context)).content


# -- what they do not


@pytest.mark.parametrize("path", [*LED_OUT, "/", "..", "/workspace/..", "/proc/self/environ"])
@pytest.mark.parametrize(("tool", "more"), TOOLS, ids=lambda one: getattr(one, "name", ""))
async def test_words_do_not_lead_out(context: MemoryContext, tool: Tool, more: dict[str, str], path: str) -> None:
    done = await tool.call({"path": path, **more}, context)
    assert done.is_error
    assert "outside of the workspace" in done.content


@pytest.mark.parametrize("target", ["/etc/passwd", "/proc/self/environ", "/proc/1/cmdline", "/usr/bin/env"])
async def test_links_are_not_read_outside(context: MemoryContext, target: str) -> None:
    await shell(context, f"ln -s {target} link; ln -s {Path(target).parent} dir")
    for path in ("link", f"dir/{Path(target).name}"):
        done = await read(context, path)
        assert (done.is_error, "leads out of the workspace" in done.content) == (True, True)


async def test_links_are_not_written_outside(context: MemoryContext, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    victim.chmod(0o666)
    await shell(context, f"ln -s {victim} link; ln -s {tmp_path} dir; ln -s /tmp/x dangling")
    for path in ("link", "dir/victim", "dangling"):
        assert (await write(context, path, "escaped")).is_error
    assert victim.read_text() == "untouched"


async def test_links_are_not_listed_outside(context: MemoryContext) -> None:
    await shell(context, "ln -s /etc link")
    assert (await ListFiles().call({"path": "link"}, context)).is_error


async def test_a_fifo_or_device_keeps_nobody_waiting(context: MemoryContext) -> None:
    await shell(context, "mkfifo p; ln -s /dev/zero z")
    for path in ("p", "z"):
        assert (await read(context, path)).is_error
        assert (await write(context, path, "x")).is_error


@pytest.mark.parametrize("name", ["-rf", "--help", "a b", "$(touch hacked)", "`id`", "a;b", "a\nb", "a'b\"c", "*"])
async def test_odd_names_are_names(context: MemoryContext, name: str) -> None:
    assert not (await write(context, name, "inside\n")).is_error
    assert "inside" in (await read(context, name)).content
    assert "hacked" not in (await ListFiles().call({}, context)).content.replace(repr(name), "").replace(name, "")


async def test_nul_in_a_path_is_refused(context: MemoryContext) -> None:
    assert (await read(context, "a\0b")).is_error


# -- the shell


async def test_a_command_tells_output_and_exit_code(context: MemoryContext) -> None:
    done = await shell(context, "echo hello; exit 4")
    assert done.content.startswith("hello\n[exit code 4 after ")
    assert done.is_error


async def test_a_command_that_takes_too_long_is_told(context: MemoryContext) -> None:
    done = await shell(context, "echo begun; sleep 30", timeout_seconds=1)
    assert "beyond its limit on time" in done.content
    assert "begun" in done.content


async def test_a_long_command_shows_how_it_goes_on(context: MemoryContext) -> None:
    await shell(context, "echo step 1; sleep 1.3")
    assert context.shown == ["Running `echo step 1; sleep 1.3` …\n\nstep 1"]


async def test_a_run_that_may_no_longer_act_starts_nothing(context: MemoryContext, workspace: Workspace) -> None:
    def refuse() -> None:
        raise RuntimeError("lease lost")

    context.on_check = refuse
    with pytest.raises(RuntimeError, match="lease lost"):
        await shell(context, "touch begun")
    assert not (workspace.path / "begun").exists()


async def test_without_a_workspace_nothing_is_done() -> None:
    context = MemoryContext()
    context.services = Services()
    assert (await shell(context, "id")).content == "There is no workspace here."


async def test_a_lost_workspace_is_told(tmp_path: Path, acting: Callable[[Workspace], MemoryContext]) -> None:
    context = acting(Workspace.open(tmp_path / "root", "step-9", used_before=True))
    assert (await ListFiles().call({}, context)).content.startswith("The workspace of earlier steps is gone.")


def test_strangers_are_never_offered_them() -> None:
    assert all(tool.trusted_only for tool, _ in TOOLS)
    assert Bash().trusted_only
