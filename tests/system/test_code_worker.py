"""The code worker over the wire: a repository's failing test is mended in a sandbox, pushed and proposed after approval."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from tests.fakes.calls import Call
from tests.fakes.git import git
from tests.fakes.model_replies import Reply, text, tool
from tests.fakes.rules import Hold
from tests.system.coding import (
    BROKEN,
    FILES,
    MENDED,
    Hosted,
    Move,
    code_steps,
    command_lines,
    let_work,
    offered,
    workspaces,
)
from tests.system.fakes import Fakes
from tests.system.oracle import RECOVERY_SECONDS, states, wait_for_end
from tests.system.planning import lapse_steps, plan_steps
from tests.system.platform import Platform

ADMIN = 4711
SETTINGS = {
    "STUCK_AFTER_SECONDS": "8", "HEARTBEAT_SECONDS": "1", "SWEEP_SECONDS": "2", "TELEGRAM_ADMIN_IDS": str(ADMIN),
}  # fmt: skip
BRANCH = "mend/angles"
TEST = "env; cd repository && python3 -m unittest"
KEPT_FROM_STRANGERS = {"bash", "git", "git_push", "read_file", "write_file", "list_files", "search_files"}
_numbers = count(501)

CLONE = tool("git", {"operation": "clone"})
SAVE = [
    tool("write_file", {"path": "repository/angles.py", "content": MENDED}),
    tool("git", {"operation": "checkout", "branch": BRANCH, "create": True}),
    tool("git", {"operation": "add", "paths": ["angles.py"]}),
    tool("git", {"operation": "commit", "message": "A whole turn has 360 degrees"}),
    tool("git", {"operation": "outgoing"}),
]


@pytest.fixture(scope="module", autouse=True)
def _sandbox_stands(platform: Platform) -> None:
    """Probed by the worker itself. Without bubblewrap there is nothing to show, which is a failure where it is required."""
    platform.wait_until(lambda: platform.events("sandbox.offered") + platform.events("sandbox.not_offered"), 90)
    if why := platform.events("sandbox.not_offered"):
        if os.environ.get("REQUIRE_SANDBOX"):
            pytest.fail(f"REQUIRE_SANDBOX is set: {why}")
        pytest.skip(str(why[-1]["reason"]))


@pytest.fixture
def hosted(platform: Platform, fakes: Fakes, tmp_path: Path) -> Hosted:
    number = next(_numbers)
    place = Hosted(platform, fakes, f"octo/angles-{number}", number, tmp_path / "angles.git")
    fakes.github.host(place.repository, place.bare, FILES)
    for who, role in (("maintainer", "write"), ("stranger", "read")):
        fakes.github.permit(place.repository, who, role)
    return place


@pytest.fixture(autouse=True)
def _nothing_is_left(platform: Platform) -> Iterator[None]:
    yield
    platform.wait_until(lambda: not workspaces(platform), 20, what="no workspace left")


def moves(*replies: Reply) -> list[Move]:
    """Whatever the results."""

    def saying(reply: Reply) -> Move:
        return lambda results: reply

    return [saying(reply) for reply in replies]


def push(results: Sequence[str]) -> Reply:
    """Exactly what `outgoing` has said."""
    said = dict(re.findall(r"^(repository|branch|head|commits): (\S+)$", results[-1], re.MULTILINE))
    return tool("git_push", {**said, "commits": int(said["commits"])})


def report(results: Sequence[str]) -> Reply:
    return text(f"RESULT {results[-1]}")


PROPOSE = tool("github_create_pull_request", {"title": "A whole turn has 360 degrees", "head": BRANCH})
WHOLE = [
    *moves(CLONE, tool("bash", {"command": TEST}), tool("read_file", {"path": "repository/angles.py"}), SAVE[0]),
    *moves(tool("bash", {"command": TEST}), *SAVE[1:]), push, *moves(PROPOSE), report,
]  # fmt: skip
UNTIL_PUSHED = [*moves(CLONE, *SAVE), push, report]


def spellings(token: str) -> list[str]:
    return [token, base64.b64encode(f"x-access-token:{token}".encode()).decode()]


def test_a_failing_test_is_mended_pushed_and_proposed(platform: Platform, fakes: Fakes, hosted: Hosted) -> None:
    let_work(fakes, WHOLE)
    before = hosted.heads()
    hosted.ask("maintainer")

    question = hosted.said("/approve 1")
    red, green = code_steps(platform, "bash")
    assert (red["state"], "FAILED (failures=1)" in red["response"]["content"]) == ("failed", True)
    assert (green["state"], "\nOK\n" in green["response"]["content"]) == ("succeeded", True)
    [asked] = platform.sql("SELECT * FROM botplatform_approval WHERE tool = 'git_push' ORDER BY id DESC LIMIT 1")
    head = asked["arguments"]["head"]
    assert all(words in question for words in (hosted.repository, BRANCH, head)), question
    assert hosted.heads() == before

    hosted.comment("/approve 1", "maintainer")
    hosted.said("/approve 2")
    assert hosted.heads() == {**before, f"refs/heads/{BRANCH}": head}
    assert git(hosted.bare, "show", f"{head}:angles.py") == MENDED.strip()
    login = platform.env["GITHUB_BOT_LOGIN"]
    assert re.fullmatch(
        rf"{login} <\d+\+{login}@users\.noreply\.\S+>", git(hosted.bare, "log", "-1", "--format=%an <%ae>", head)
    )
    assert hosted.pulls() == []

    hosted.comment("/approve 2", "maintainer")
    wait_for_end(platform, hosted.key, "done")
    [pull] = hosted.pulls()
    assert (pull["head"]["ref"], pull["head"]["sha"], pull["base"]["ref"]) == (BRANCH, head, "main")
    assert pull["html_url"] in hosted.said("Done.")
    written = platform.sql("SELECT * FROM botplatform_auditentry WHERE object_type = 'botplatform.run' ORDER BY id")
    run = str(code_steps(platform)[-1]["run_id"])
    assert [(row["action"], row["object_id"]) for row in written[-2:]] == [
        ("git_push", run), ("github_create_pull_request", run),
    ]  # fmt: skip


def held(fakes: Fakes, hold: Hold) -> list[Call]:
    return fakes.github.wait_until(lambda: hold.hits, RECOVERY_SECONDS)


def test_the_token_is_nowhere_to_be_read(platform: Platform, fakes: Fakes, hosted: Hosted) -> None:
    """While git fetches and pushes with it, nor afterwards."""
    secrets = spellings(platform.env["GITHUB_TOKEN"])
    let_work(fakes, [*moves(CLONE, tool("bash", {"command": "env; cat /proc/*/environ"}), *SAVE), push, report])
    seen: list[str] = []
    for service, doing in (("git-upload-pack", "fetch"), ("git-receive-pack", "push")):
        hold = fakes.github.hold(f"POST /{hosted.repository}.git/{service}")
        if doing == "fetch":
            hosted.ask("maintainer")
        else:
            hosted.said("/approve 1")
            hosted.comment("/approve 1", "maintainer")
        [call, *_] = held(fakes, hold)
        assert call.headers["authorization"] == f"Basic {secrets[1]}"
        lines = command_lines()
        assert any(f"\0{doing}\0" in line and hosted.repository in line for line in lines), doing
        seen += lines
        hold.release()
    wait_for_end(platform, hosted.key, "done")
    rows = [*platform.sql("SELECT * FROM botplatform_step"), *platform.sql("SELECT * FROM botplatform_auditentry")]
    texts = [*seen, platform.output(), json.dumps(rows, default=str), json.dumps(fakes.model.requests)]
    assert [secret for secret in secrets if any(secret in one for one in texts)] == []
    assert "PATH=/" in str(rows)  # what the sandbox's environment holds is among them


def test_a_denial_leaves_nothing_pushed(platform: Platform, fakes: Fakes, hosted: Hosted) -> None:
    let_work(fakes, UNTIL_PUSHED)
    before = hosted.heads()
    hosted.ask("maintainer")
    hosted.said("/approve 1")
    hosted.comment("/deny 1 not in this release", "maintainer")
    assert "not in this release" in hosted.said("Done.")
    wait_for_end(platform, hosted.key, "done")
    assert hosted.heads() == before
    assert fakes.github.count("POST */git-receive-pack") == 0


def test_what_was_approved_is_pushed_although_github_fails_at_first(
    platform: Platform, fakes: Fakes, hosted: Hosted
) -> None:
    let_work(fakes, UNTIL_PUSHED)
    hosted.ask("maintainer")
    hosted.said("/approve 1")
    failing = fakes.github.refuse(502, f"GET /repos/{hosted.repository}")
    hosted.comment("/approve 1", "maintainer")
    platform.wait_until(lambda: plan_steps(platform)["mend"]["state"] == "pending" and failing.hits, 30)
    failing.cancel()
    platform.sql("UPDATE botplatform_planstep SET wake_at = now() WHERE state = 'pending'")
    assert "Pushed" in hosted.said("Done.")
    wait_for_end(platform, hosted.key, "done")
    assert f"refs/heads/{BRANCH}" in hosted.heads()


def test_whoever_may_not_write_gets_no_shell(platform: Platform, fakes: Fakes, hosted: Hosted) -> None:
    let_work(fakes, [lambda _: CLONE, report])
    hosted.ask("stranger")
    assert "There is no tool named git" in hosted.said("Done.")
    assert offered(fakes)
    assert not KEPT_FROM_STRANGERS & offered(fakes)
    wait_for_end(platform, hosted.key, "done")
    assert fakes.github.count("*.git/*") == 0


def test_killed_while_a_command_runs(platform: Platform, fakes: Fakes, hosted: Hosted) -> None:
    """What the command came to is unknown and told so; its processes are gone, and the workspace is still there."""
    mark, told = f"sleep {300 + hosted.number / 1000}", list[str]()

    def look(results: Sequence[str]) -> Reply:
        told.append(results[-1])
        return tool("bash", {"command": "cat kept; head -2 repository/angles.py"})

    let_work(fakes, [*moves(CLONE, tool("bash", {"command": f"echo from before > kept; {mark}"})), look, report])
    hosted.ask("maintainer")
    platform.wait_until(lambda: command_lines(mark.replace(" ", "\0")), 30, what="a command in the sandbox")
    process = plan_steps(platform)["mend"]["process"]
    os.kill(int(process.rpartition(":")[2]), signal.SIGKILL)
    platform.wait_until(lambda: not command_lines(mark.replace(" ", "\0")), 5, what="nothing left of the sandbox")
    lapse_steps(platform)
    answer = hosted.said("Done.")
    wait_for_end(platform, hosted.key, "done")
    assert "from before\n" + BROKEN in answer
    broken_off, went_on = code_steps(platform, "bash")
    assert states([broken_off, went_on]) == ["unknown", "succeeded"]
    assert broken_off["run_id"] != went_on["run_id"]
    assert ["unknown" in one for one in told] == [True], told


def test_a_long_command_shows_its_last_line(platform: Platform, fakes: Fakes) -> None:
    command = "for n in $(seq 200); do echo case $n of 200; [ -e stop ] && break; sleep 0.3; done"
    let_work(fakes, [*moves(tool("bash", {"command": command})), report])
    platform.say(ADMIN, "please run the long tests")
    fakes.telegram.wait_until(
        lambda: re.search(r"▸ Mend the test \(case \d+ of 200\)", "\n".join(fakes.telegram.texts(ADMIN))), 40
    )
    [workspace] = workspaces(platform)
    (platform.data_dir / "workspaces" / workspace / "stop").touch()
    fakes.telegram.wait_for_text(ADMIN, "Done.", RECOVERY_SECONDS)
    wait_for_end(platform, ADMIN, "done")
