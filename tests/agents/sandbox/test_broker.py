"""Fetching and pushing with a credential that nobody sees, exactly what was agreed and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from agents.sandbox.broker import Broker
from agents.sandbox.own_git import BrokerError
from agents.sandbox.values import MEBIBYTE, Limits
from tests.agents.sandbox.conftest import token
from tests.agents.sandbox.git_server import TOKEN, GitServer, git

Bundle = Callable[[BinaryIO], Awaitable[None]]


@pytest.fixture
def work(server: GitServer, tmp_path: Path) -> Path:
    """A clone with one commit on the branch `fix`."""
    work = tmp_path / "work"
    git(tmp_path, "clone", "-q", str(server.bare), str(work))
    git(work, "checkout", "-q", "-b", "fix")
    commit(work, "fix.txt")
    return work


def commit(work: Path, name: str) -> str:
    (work / name).write_text(name)
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", name)
    return git(work, "rev-parse", "HEAD")


def bundle(work: Path, *revisions: str) -> Bundle:
    async def write(file: BinaryIO) -> None:
        git(work, "bundle", "create", "-q", str(work.parent / "bundle"), *revisions)
        file.write((work.parent / "bundle").read_bytes())

    return write


async def push(broker: Broker, work: Path, branch: str = "fix", *, head: str = "", commits: int = 1) -> None:
    written = bundle(work, f"refs/heads/{branch}", "--not", "--remotes=origin")
    head = head or git(work, "rev-parse", "HEAD")
    await broker.push(branch, head=head, commits=commits, bundle=written, check=lambda: None)


# -- fetching


async def test_fetching_brings_the_branches(broker: Broker, server: GitServer) -> None:
    await broker.fetch()
    head = server.commit("a.txt", "a")
    mirror = await broker.fetch()
    assert git(mirror, "rev-parse", "refs/heads/main") == head


async def test_fetching_brings_a_pull_request(broker: Broker, server: GitServer) -> None:
    head = server.heads()["refs/heads/main"]
    git(server.bare, "update-ref", "refs/pull/5/head", head)
    mirror = await broker.fetch(pull_request=5)
    assert git(mirror, "rev-parse", "refs/pull/5/head") == head


async def test_a_fetch_that_was_killed_leaves_no_obstacle(broker: Broker) -> None:
    mirror = await broker.fetch()
    for left in ("HEAD.lock", "packed-refs.lock", "refs/heads/main.lock"):
        (mirror / left).touch()
    await broker.fetch()
    assert not (mirror / "HEAD.lock").exists()


async def test_several_fetch_at_once(broker: Broker, server: GitServer, tmp_path: Path) -> None:
    others = [Broker(server.url, token, tmp_path / "mirrors", "main") for _ in range(2)]
    mirrors = await asyncio.gather(broker.fetch(), *(other.fetch() for other in others))
    assert set(mirrors) == {broker.mirror}


async def test_too_large_a_repository_is_refused(server: GitServer, tmp_path: Path) -> None:
    server.commit("large", "".join(map(str, range(600_000))))
    broker = Broker(server.url, token, tmp_path / "m", "main", limits=Limits(file_bytes=MEBIBYTE // 4))
    with pytest.raises(BrokerError, match="Fetching owner/name failed"):
        await broker.fetch()


# -- the credential


async def test_the_credential_is_in_no_argument(broker: Broker, work: Path) -> None:
    seen: set[str] = set()

    async def watch() -> None:
        while True:
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    seen.add(" ".join(process.cmdline()))
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    try:
        await push(broker, work)
    finally:
        watching.cancel()
    assert any("fetch" in one and "refs/heads" in one for one in seen)
    assert not any(TOKEN in one or "Authorization" in one or "Basic " in one for one in seen)


async def test_the_credential_is_in_no_file(broker: Broker, work: Path, tmp_path: Path) -> None:
    await push(broker, work)
    files = [path for path in (tmp_path / "mirrors").rglob("*") if path.is_file()]
    assert files
    assert not any(TOKEN.encode() in path.read_bytes() for path in files)


async def test_a_refused_credential_is_told_without_it(
    server: GitServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong() -> str:
        return "wr0ng-t0ken"

    caplog.set_level(logging.DEBUG)
    with pytest.raises(BrokerError, match="owner/name failed: the credential was refused") as caught:
        await Broker(server.url, wrong, tmp_path / "m", "main").fetch()
    assert "wr0ng" not in str(caught.value) + caplog.text


async def test_the_credential_is_removed_from_what_git_says(tmp_path: Path) -> None:
    async def echoed() -> str:
        return "127.0.0.1"

    with pytest.raises(BrokerError, match=r"unable to access.*\*\*\*") as caught:
        await Broker("http://127.0.0.1:9/owner/name.git", echoed, tmp_path / "m", "main").fetch()
    assert "127.0.0.1" not in str(caught.value)


async def test_without_a_credential_none_is_sent(server: GitServer, tmp_path: Path) -> None:
    async def nothing() -> str:
        return ""

    with pytest.raises(BrokerError, match="credential was refused"):
        await Broker(server.url, nothing, tmp_path / "m", "main").fetch()


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "file:///etc",
        "/etc",
        "ssh://git@example.org/a/b",
        "git@example.org:a/b",
        "https://u:p@h/a/b",
        "--upload-pack=id",
    ],
)
def test_other_addresses_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BrokerError, match="by https"):
        Broker(url, token, tmp_path, "main")


# -- pushing


async def test_a_branch_is_pushed(broker: Broker, server: GitServer, work: Path) -> None:
    await push(broker, work)
    assert server.heads() == {
        "refs/heads/fix": git(work, "rev-parse", "fix"),
        "refs/heads/main": git(work, "rev-parse", "main"),
    }


async def test_pushing_again_changes_nothing(broker: Broker, server: GitServer, work: Path) -> None:
    await push(broker, work)
    await push(broker, work)
    assert len([one for one in server.requests if one.endswith("POST /owner/name.git/git-receive-pack")]) == 1


async def test_a_branch_goes_on(broker: Broker, server: GitServer, work: Path) -> None:
    await push(broker, work)
    git(work, "fetch", "-q")
    head = commit(work, "more.txt")
    await push(broker, work)
    assert server.heads()["refs/heads/fix"] == head


@pytest.mark.parametrize("branch", ["main", "MAIN", "release"])
async def test_protected_branches_are_never_pushed(broker: Broker, server: GitServer, work: Path, branch: str) -> None:
    before = server.heads()
    with pytest.raises(BrokerError, match="is protected"):
        await push(broker, work, branch, head="a" * 40)
    assert server.heads() == before


@pytest.mark.parametrize(
    "branch",
    [
        *("-x", "--force", "+fix", "a:main", "refs/heads/main", "a b", "a..b", "a.lock", "HEAD", "", "/a", "a/", "a\n"),
        *("@{u}", "a~1", "*", "a//b", ".a", "a.lock/b", "a^", "é"),
    ],
)
async def test_odd_names_of_branches_are_refused(tmp_path: Path, branch: str) -> None:
    broker = Broker("https://example.org/owner/name", token, tmp_path, "main")
    with pytest.raises(BrokerError, match="not the name of a branch"):
        await broker.push(branch, head="a" * 40, commits=1, bundle=bundle(tmp_path), check=lambda: None)


async def test_another_head_than_agreed_is_not_pushed(broker: Broker, server: GitServer, work: Path) -> None:
    agreed = git(work, "rev-parse", "HEAD")
    commit(work, "sneaked-in.txt")
    with pytest.raises(BrokerError, match="as agreed: nothing was pushed"):
        await push(broker, work, head=agreed)
    assert "refs/heads/fix" not in server.heads()


async def test_more_commits_than_agreed_are_not_pushed(broker: Broker, server: GitServer, work: Path) -> None:
    commit(work, "sneaked-in.txt")
    with pytest.raises(BrokerError, match="2 new commits, not 1"):
        await push(broker, work)
    assert "refs/heads/fix" not in server.heads()


async def test_nothing_is_forced(broker: Broker, server: GitServer, work: Path) -> None:
    await push(broker, work)
    theirs = server.commit("theirs.txt", "x", branch="fix")
    git(work, "fetch", "-q")
    git(work, "reset", "-q", "--hard", "main")
    commit(work, "rewritten.txt")
    with pytest.raises(BrokerError, match="Pushing owner/name failed"):
        await push(broker, work)
    assert server.heads()["refs/heads/fix"] == theirs


async def test_tags_and_other_branches_in_the_bundle_stay_behind(broker: Broker, server: GitServer, work: Path) -> None:
    git(work, "tag", "v1")
    git(work, "branch", "other")
    written = bundle(work, "fix", "v1", "other", "--not", "--remotes=origin")
    await broker.push("fix", head=git(work, "rev-parse", "fix"), commits=1, bundle=written, check=lambda: None)
    assert set(server.heads()) == {"refs/heads/main", "refs/heads/fix"}


async def test_broken_objects_are_refused(broker: Broker, server: GitServer, work: Path) -> None:
    blob = git(work, "hash-object", "-w", "README.md")
    evil = work / "tree"
    evil.write_bytes(b"100644 .git\0" + bytes.fromhex(blob))
    tree = git(work, "hash-object", "-w", "--literally", "-t", "tree", "tree")
    evil.unlink()
    head = git(work, "commit-tree", tree, "-p", "HEAD", "-m", "evil")
    git(work, "update-ref", "refs/heads/fix", head)
    with pytest.raises(BrokerError, match=r"are not sound: .*hasDotgit"):
        await push(broker, work, commits=2, head=head)
    assert "refs/heads/fix" not in server.heads()


@pytest.mark.parametrize("content", [b"", b"not a bundle", b"# v2 git bundle\n"])
async def test_what_is_no_bundle_is_refused(broker: Broker, content: bytes) -> None:
    async def write(file: BinaryIO) -> None:
        file.write(content)

    with pytest.raises(BrokerError, match="are not sound"):
        await broker.push("fix", head="a" * 40, commits=1, bundle=write, check=lambda: None)


async def test_a_run_that_may_no_longer_act_pushes_nothing(broker: Broker, server: GitServer, work: Path) -> None:
    def refuse() -> None:
        raise RuntimeError("lease lost")

    written = bundle(work, "fix", "--not", "--remotes=origin")
    with pytest.raises(RuntimeError, match="lease lost"):
        await broker.push("fix", head=git(work, "rev-parse", "fix"), commits=1, bundle=written, check=refuse)
    assert "refs/heads/fix" not in server.heads()


async def test_nothing_of_a_push_is_left(broker: Broker, work: Path, tmp_path: Path) -> None:
    await push(broker, work)
    assert list((tmp_path / "mirrors").rglob("outgoing-*")) == []
