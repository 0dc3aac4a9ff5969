"""What a command in the sandbox can see and reach."""

from __future__ import annotations

import io
import os
import socket
import sys
from pathlib import Path

import pytest

from agents.sandbox.layout import System, View, toolchain
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import Ended, SandboxError
from agents.sandbox.workspace import Workspace

WHEEL = """
mkdir -p wheels/x && cd wheels/x
python3 - <<'END'
import zipfile
with zipfile.ZipFile("../greeting-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("greeting.py", "TEXT = 'hello'")
    about = "greeting-1.0.dist-info/"
    wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
    wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(about + "RECORD", "")
END
cd /workspace
"""
INSTALL = """
python3 -m venv .venv
.venv/bin/pip install --quiet --no-index --find-links wheels greeting
.venv/bin/python -c 'import sys, greeting; print(f"{sys.prefix}: {greeting.TEXT}")'
"""


async def test_exit_code_and_output_come_back(sandbox: Sandbox) -> None:
    done = await sandbox.run("echo out; echo err >&2; exit 3")
    assert (done.exit_code, done.output, done.cut, done.why_ended) == (3, "out\nerr\n", 0, Ended.EXITED)


async def test_a_command_of_words_meets_no_shell(sandbox: Sandbox) -> None:
    done = await sandbox.run(["printf", "%s|", "$HOME; touch /workspace/x", "`id`"])
    assert done.output == "$HOME; touch /workspace/x|`id`|"


async def test_input_is_read_to_its_end(sandbox: Sandbox) -> None:
    done = await sandbox.run("wc -c", stdin=b"x" * 3_000_000)
    assert done.output.strip() == "3000000"


async def test_input_that_nobody_reads_is_no_error(sandbox: Sandbox) -> None:
    assert (await sandbox.run("exit 0", stdin=b"x" * 3_000_000)).exit_code == 0


async def test_a_signal_that_ends_the_command_shows_in_its_exit_code(sandbox: Sandbox) -> None:
    assert (await sandbox.run("kill -SEGV $$")).exit_code == 128 + 11


async def test_the_workspace_lasts_and_tmp_does_not(sandbox: Sandbox) -> None:
    await sandbox.run("echo kept > /workspace/a; echo gone > /tmp/b")
    assert (await sandbox.run("cat a; ls /tmp")).output == "kept\n"


async def test_standard_output_can_be_taken_apart(sandbox: Sandbox) -> None:
    file = io.BytesIO()
    done = await sandbox.run("printf '\\0\\377'; echo err >&2", into=file)
    assert (file.getvalue(), done.output) == (b"\0\xff", "err\n")


async def test_whoever_listens_hears_the_output_while_it_comes(sandbox: Sandbox) -> None:
    heard: list[str] = []

    async def listen(recent: str) -> None:
        heard.append(recent)

    await sandbox.run("echo first; sleep 1.3; echo last", on_output=listen)
    assert heard == ["first\n"]


async def test_a_listener_that_raises_ends_the_command(sandbox: Sandbox) -> None:
    async def listen(recent: str) -> None:
        raise RuntimeError("may no longer act")

    with pytest.raises(RuntimeError, match="may no longer act"):
        await sandbox.run("echo first; sleep 60", on_output=listen)


async def test_processes_left_in_the_background_end_with_the_command(sandbox: Sandbox) -> None:
    done = await sandbox.run("(sleep 60; touch late) & echo done")
    assert (done.output, done.seconds < 10) == ("done\n", True)


async def test_nul_in_a_command_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="NUL"):
        await sandbox.run(["echo", "a\0b"])


# -- secrets


async def test_the_environment_is_fixed(sandbox: Sandbox, canary: str) -> None:
    done = await sandbox.run("env; cat /proc/*/environ | tr '\\0' '\\n'")
    assert "PATH=" in done.output
    assert canary not in done.output


async def test_no_other_process_can_be_seen(sandbox: Sandbox) -> None:
    done = await sandbox.run("ls -d /proc/[0-9]*; cat /proc/*/cmdline | tr '\\0' ' '")
    assert "pytest" not in done.output
    assert len([line for line in done.output.splitlines() if line.startswith("/proc/")]) < 8


@pytest.mark.parametrize(
    "place",
    ["/root/.ssh", "/home", "/etc/shadow", "/etc/hostname", "/run", "/var", "/sys", "/proc/1/root/etc/shadow", "/opt"],
)
async def test_it_is_not_there(sandbox: Sandbox, place: str) -> None:
    assert (await sandbox.run(["ls", place])).exit_code == 2


async def test_nothing_of_ours_is_mounted(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    done = await sandbox.run(f"cat {tmp_path}/secret {os.path.abspath('manage.py')}; ls {tmp_path}")
    assert "canary" not in done.output
    assert done.exit_code != 0


async def test_hidden_directories_are_empty_even_within_a_toolchain(workspace: Workspace, tmp_path: Path) -> None:
    tools, hidden = tmp_path / "tools", tmp_path / "tools" / "data"
    (tools / "bin").mkdir(parents=True)
    hidden.mkdir()
    (hidden / "secret").write_text("canary")
    sandbox = Sandbox(View(workspace.path), System(toolchains=(tools,), hidden=(hidden,)))
    done = await sandbox.run(f"echo $PATH; ls {tools}; cat {hidden}/secret; touch {hidden}/x")
    assert done.output.startswith(f"{tools}/bin:")
    assert "\nbin\ndata\n" in done.output
    assert "canary" not in done.output
    assert done.exit_code != 0


async def test_toolchain_within_a_hidden_directory_is_seen_alone(workspace: Workspace, tmp_path: Path) -> None:
    """Such as a platform beneath what the system shows, with its interpreter beside its own files."""
    shown, application = tmp_path / "tools", tmp_path / "tools" / "application"
    tool = application / "deep" / "tool"
    (tool / "bin").mkdir(parents=True)
    (tool / "bin" / "hello").write_text("#!/bin/sh\necho from the tool\n")
    (tool / "bin" / "hello").chmod(0o755)
    (application / "settings").write_text("canary")
    sandbox = Sandbox(View(workspace.path), System(toolchains=(tool, shown), hidden=(application,)))
    done = await sandbox.run(f"hello; ls {application}; touch {application}/x || cat {application}/settings")
    assert done.output.startswith("from the tool\ndeep\n")
    assert "canary" not in done.output
    assert done.exit_code != 0


async def test_hidden_directories_are_empty_behind_a_link_too(workspace: Workspace, tmp_path: Path) -> None:
    hidden, link = tmp_path / "tools" / "data", tmp_path / "current"
    hidden.mkdir(parents=True)
    (hidden / "secret").write_text("canary")
    link.symlink_to(tmp_path / "tools")
    sandbox = Sandbox(View(workspace.path), System(toolchains=(link,), hidden=(hidden,)))
    done = await sandbox.run(f"ls {link}; cat {link}/data/secret")
    assert done.output.startswith("data\n")
    assert "canary" not in done.output


async def test_what_is_a_toolchain_itself_stays(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "kept").touch()
    system = System(toolchains=(tmp_path / "tools",), hidden=(tmp_path / "tools", Path("/usr")))
    assert (await Sandbox(View(workspace.path), system).run(f"ls {tmp_path}/tools")).output == "kept\n"


async def test_packages_of_the_repository_go_into_an_environment_of_its_own(workspace: Workspace) -> None:
    """What docs/sandbox.md tells: a virtual environment is made without the network, from wheels that are there."""
    sandbox = Sandbox(View(workspace.path), System(toolchains=toolchain(Path(sys.base_prefix))))
    done = await sandbox.run(f"{WHEEL}\n{INSTALL}", timeout_seconds=110)
    assert done.output.rstrip().endswith("/workspace/.venv: hello"), done.output


async def test_a_virtual_environment_can_be_shown(workspace: Workspace) -> None:
    sandbox = Sandbox(View(workspace.path), System(toolchains=toolchain(Path(sys.prefix))))
    assert "pytest" in (await sandbox.run(["python", "-m", "pytest", "--version"])).output


async def test_no_descriptor_is_inherited(sandbox: Sandbox) -> None:
    ours = os.open("/etc/passwd", os.O_RDONLY)
    os.set_inheritable(ours, True)
    try:
        done = await sandbox.run("for n in /proc/self/fd/*; do readlink $n; done; ls /proc/1/fd")
    finally:
        os.close(ours)
    assert "/etc" not in done.output
    assert "memfd" not in done.output


# -- the network


async def test_tcp_is_not_reached(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        done = await sandbox.run(
            f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {listener.getsockname()[1]}), 2)'"
        )
        assert "ConnectionRefusedError" in done.output
        with pytest.raises(BlockingIOError):
            listener.accept()


async def test_sockets_of_another_kind_are_refused(sandbox: Sandbox) -> None:
    done = await sandbox.run("python3 -c 'import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)'")
    assert "Address family not supported" in done.output


# -- rights


async def test_it_is_not_root_and_has_no_privileges(sandbox: Sandbox) -> None:
    done = await sandbox.run("id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status")
    assert done.output.split() == [
        "1000",
        "CapEff:",
        "0" * 16,
        "CapBnd:",
        "0" * 16,
        "NoNewPrivs:",
        "1",
        "Seccomp:",
        "2",
    ]


async def test_it_has_no_terminal(sandbox: Sandbox) -> None:
    assert (await sandbox.run("echo x > /dev/tty")).exit_code != 0


@pytest.mark.parametrize("place", ["/", "/usr", "/etc", "/dev", "/proc/sys/kernel", "/proc", "/usr/bin"])
async def test_only_the_workspace_and_memory_are_writable(sandbox: Sandbox, place: str) -> None:
    assert (await sandbox.run(["touch", f"{place}/mark"])).exit_code != 0


async def test_a_setuid_program_gives_nothing(sandbox: Sandbox) -> None:
    done = await sandbox.run("cp /bin/sh s; chmod 4755 s; ./s -p -c 'id -u; touch /usr/mark'")
    assert done.output.startswith("1000\n")
    assert done.exit_code != 0


# -- when there is none


async def test_a_missing_bubblewrap_is_told(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("agents.sandbox.starting.PROGRAM", str(tmp_path / "bwrap"))
    with pytest.raises(SandboxError, match="bubblewrap is not installed"):
        await sandbox.run("true")


async def test_a_bubblewrap_that_may_not_is_told(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr("agents.sandbox.starting.PROGRAM", str(program))
    with pytest.raises(SandboxError, match="No permissions to create new namespace"):
        await sandbox.run("true")


async def test_an_unknown_processor_has_no_sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(SandboxError, match="processor"):
        await sandbox.run("true")


async def test_a_command_that_does_not_exist_is_told(sandbox: Sandbox) -> None:
    done = await sandbox.run(["no-such-program"])
    assert done.exit_code == 127
    assert "no-such-program" in done.output


async def test_no_descriptor_of_ours_is_left_open(sandbox: Sandbox) -> None:
    await sandbox.run("true")
    before = sorted(os.listdir("/proc/self/fd"))
    for command in ("true", "exit 1", "kill -9 $$"):
        await sandbox.run(command, stdin=b"x" * 100_000)
    await sandbox.run("true", cwd="/nowhere")
    assert sorted(os.listdir("/proc/self/fd")) == before
