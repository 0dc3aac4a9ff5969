"""git in the workspace: works for a model that is honest, and runs nothing for a repository that is not."""

from __future__ import annotations

from typing import Any

import pytest

from agents.base import ToolResult
from agents.tools.sandbox.git import Git
from agents.tools.sandbox.git_push import GitPush
from agents.tools.sandbox.shell import Bash
from tests.agents.context import MemoryContext
from tests.agents.sandbox.git_server import TOKEN, GitServer, git

PATCH = """--- a/README.md
+++ b/README.md
@@ -1 +1 @@
-Hello.
+Good day.
"""


async def do(context: MemoryContext, operation: str, **more: Any) -> ToolResult:
    return await Git().call({"operation": operation, **more}, context)


async def shell(context: MemoryContext, command: str) -> ToolResult:
    return await Bash().call({"command": f"cd repository && {command}"}, context)


@pytest.fixture
async def clone(cloned: MemoryContext) -> MemoryContext:
    done = await do(cloned, "clone")
    assert not done.is_error, done.content
    return cloned


async def outgoing(context: MemoryContext) -> dict[str, Any]:
    found = dict(line.split(": ", 1) for line in (await do(context, "outgoing")).content.splitlines())
    return found | {"commits": int(found["commits"])}


async def changed(context: MemoryContext) -> dict[str, Any]:
    """A commit on a branch of its own; what git_push has to be told."""
    await do(context, "checkout", branch="fix", create=True)
    await do(context, "apply", patch=PATCH)
    assert not (await do(context, "commit", message="Be polite\n\nAt length")).is_error
    return await outgoing(context)


# -- what it does


async def test_a_patch_becomes_a_commit_and_is_pushed(clone: MemoryContext, server: GitServer) -> None:
    agreed = await changed(clone)
    assert (agreed["repository"], agreed["branch"], agreed["commits"]) == ("owner/name", "fix", 1)
    done = await GitPush().call(agreed, clone)
    assert (done.is_error, server.heads()["refs/heads/fix"]) == (False, agreed["head"])
    assert git(server.bare, "log", "-1", "--format=%an <%ae> %s", "fix") == "Bot <bot@example.org> Be polite"


async def test_what_is_pushed_is_described_for_whoever_decides() -> None:
    agreed = {"repository": "owner/name", "branch": "fix", "head": "a" * 40, "commits": 2}
    assert GitPush().describe(agreed) == f"Push 2 new commits to the branch fix of owner/name, up to {'a' * 40}."
    assert (GitPush().needs_approval, GitPush().writes) == (True, True)


async def test_what_was_not_agreed_is_not_pushed(clone: MemoryContext, server: GitServer) -> None:
    before, agreed = server.heads(), await changed(clone)
    others = {"head": "a" * 40, "commits": 2, "repository": "other/name", "branch": "main"}
    for name, value in others.items():
        done = await GitPush().call(agreed | {name: value}, clone)
        assert (done.is_error, server.heads()) == (True, before), name


async def test_commits_made_after_the_approval_are_not_pushed(clone: MemoryContext, server: GitServer) -> None:
    agreed = await changed(clone)
    await shell(clone, "git commit -q --allow-empty -m later")
    done = await GitPush().call(agreed, clone)
    assert "nothing was pushed" in done.content
    assert "refs/heads/fix" not in server.heads()


async def test_fetching_brings_new_commits_and_pull_requests(clone: MemoryContext, server: GitServer) -> None:
    head = server.commit("new.txt", "new")
    git(server.bare, "update-ref", "refs/pull/7/head", head)
    assert not (await do(clone, "fetch", pull_request=7)).is_error
    assert head in (await do(clone, "log", revision="origin/main")).content
    assert head in (await do(clone, "log", revision="origin/pull/7")).content
    assert not (await do(clone, "fetch")).is_error


OPERATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("status", {}, " M README.md"),
    ("diff", {}, "+changed"),
    ("diff", {"revision": "HEAD", "paths": ["README.md"]}, "+changed"),
    ("log", {"limit": 1}, "First"),
    ("show", {"revision": "HEAD"}, "+Hello."),
    ("show", {"revision": "HEAD:README.md"}, "Hello."),
    ("branch", {}, "remotes/origin/main"),
    ("branch", {"branch": "more"}, "exit code 0"),
    ("add", {"paths": ["README.md"]}, "exit code 0"),
    ("diff", {"staged": True}, "+changed"),
    ("restore", {"paths": ["README.md"], "staged": True}, "exit code 0"),
    ("restore", {"paths": ["README.md"]}, "exit code 0"),
    ("checkout", {"revision": "origin/main"}, "exit code 0"),
    ("checkout", {"branch": "more"}, "exit code 0"),
]


async def test_operations(clone: MemoryContext) -> None:
    await shell(clone, "echo changed > README.md")
    for operation, more, expected in OPERATIONS:
        done = await do(clone, operation, **more)
        assert (done.is_error, expected in done.content) == (False, True), (operation, done.content)


async def test_what_comes_from_a_repository_is_marked(clone: MemoryContext) -> None:
    done = await do(clone, "log")
    assert (done.untrusted, done.private) == ("repository owner/name", "repository owner/name")


async def test_without_a_clone_it_is_told(cloned: MemoryContext) -> None:
    assert "Clone it first" in (await do(cloned, "status")).content


async def test_without_a_broker_nothing_is_fetched(context: MemoryContext) -> None:
    assert "No repository may be fetched" in (await do(context, "clone")).content


# -- what it does not


async def test_the_credential_is_nowhere_inside(clone: MemoryContext) -> None:
    await do(clone, "fetch")
    done = await Bash().call(
        {"command": "grep -ra -e ghs-5ecret -e Authorization /workspace /tmp /proc/*/environ; env"}, clone
    )
    assert TOKEN not in done.content
    assert "Authorization" not in done.content


async def test_options_are_no_revisions(context: MemoryContext) -> None:
    for operation in ("diff", "log", "show", "checkout"):
        for revision in (
            "--output=/workspace/x",
            "-O/etc",
            "--no-index",
            "--upload-pack=id",
            "$(id)",
            "a b",
            "",
            "a\n",
        ):
            done = await do(context, operation, revision=revision)
            assert (done.is_error, "is not a revision" in done.content) == (True, True)


async def test_paths_stay_inside(context: MemoryContext) -> None:
    for path in ("../x", "/etc/passwd", "a/../../x"):
        assert "outside of the workspace" in (await do(context, "add", paths=[path])).content


async def test_options_and_patterns_are_paths(clone: MemoryContext) -> None:
    await shell(clone, "touch -- --all ':(top)x' '*'")
    done = await do(clone, "add", paths=["--all", ":(top)x", "*"])
    assert not done.is_error
    assert len((await do(clone, "status")).content.splitlines()) == 5


HOSTILE = [
    "core.fsmonitor 'touch /workspace/ran'",
    "core.sshCommand 'touch /workspace/ran'",
    "core.pager 'touch /workspace/ran'",
    "core.hooksPath /workspace/hooks",
    "credential.helper '!touch /workspace/ran'",
    "filter.x.smudge 'touch /workspace/ran'",
    "filter.x.clean 'touch /workspace/ran'",
    "diff.x.textconv 'touch /workspace/ran'",
    "diff.external 'touch /workspace/ran'",
    "alias.status '!touch /workspace/ran'",
    "include.path /workspace/evil",
    "remote.origin.uploadpack 'touch /workspace/ran;'",
    "remote.origin.vcs ext",
    "url.ext::touch.insteadOf https",
    "gpg.program 'touch /workspace/ran'",
    "extensions.worktreeConfig true",
    "core.worktree /",
    "merge.x.driver 'touch /workspace/ran'",
    "protocol.ext.allow always",
]


async def test_hostile_settings_are_not_obeyed(clone: MemoryContext) -> None:
    await shell(
        clone, "echo '* filter=x diff=x merge=x' > .git/info/attributes; cp .git/config ../kept; echo x >> README.md"
    )
    for setting in HOSTILE:
        await shell(clone, f"cp ../kept .git/config; git config {setting}")
        for operation, more in (("status", {}), ("add", {"paths": ["README.md"]})):
            assert "is not trusted" in (await do(clone, operation, **more)).content, setting
    assert "ran" not in (await Bash().call({"command": "ls"}, clone)).content


async def test_hostile_hooks_do_not_run(clone: MemoryContext) -> None:
    hooks = "pre-commit post-checkout post-index-change prepare-commit-msg commit-msg post-commit reference-transaction"
    make = (
        f"mkdir -p .git/hooks; for h in {hooks}; do printf '#!/bin/sh\\ntouch /workspace/ran-'$h > .git/hooks/$h; done"
    )
    await shell(clone, f"{make}; chmod +x .git/hooks/*")
    await changed(clone)
    assert (await Bash().call({"command": "ls"}, clone)).content.startswith("repository\n[")


async def test_other_remotes_are_not_followed(clone: MemoryContext) -> None:
    for url in ("ext::touch /workspace/ran", "file:///etc", "/etc", "ssh://-oProxyCommand=id/x"):
        await shell(clone, f"git remote set-url origin '{url}'")
        assert not (await do(clone, "fetch")).is_error
    assert "ran" not in (await Bash().call({"command": "ls"}, clone)).content


async def test_a_patch_cannot_reach_beyond(clone: MemoryContext) -> None:
    for patch in (
        PATCH.replace("README.md", "../outside"),
        PATCH.replace("a/README", "/etc/x").replace("b/README", "/etc/x"),
    ):
        assert (await do(clone, "apply", patch=patch)).is_error


async def test_a_git_directory_that_is_a_link_leads_nowhere(clone: MemoryContext, broker: Any) -> None:
    await shell(clone, f"rm -rf .git; ln -s {broker.mirror} .git")
    assert (await do(clone, "status")).is_error
