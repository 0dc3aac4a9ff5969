"""How git is called, so that no repository's content or configuration makes it run, read or reach anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping

CHECKOUT = "repository"
"""Where in a workspace the clone lies."""
MIRROR = "/mirror"
"""Where a workspace's sandbox sees the broker's copy, read-only."""
ALWAYS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.pager": "cat",
    "core.editor": "true",
    "core.sshCommand": "false",
    "core.attributesFile": "/dev/null",
    "credential.helper": "",
    "diff.external": "",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
    "transfer.fsckObjects": "true",
    "transfer.bundleURI": "false",
    "advice.detachedHead": "false",
    "init.defaultBranch": "main",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
}
"""Stronger than what stands in a repository's own configuration."""
_BRANCH = re.compile(r"(?!refs/|HEAD$|FETCH_HEAD$)[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
_HARMLESS = re.compile(
    r"core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|symlinks|ignorecase|autocrlf|eol)"
    r"|remote\.[^.]+\.(?:url|fetch|tagopt)|branch\..+\.(?:remote|merge|rebase)|user\.(?:name|email)"
    r"|init\.defaultbranch|pull\.(?:rebase|ff)|extensions\.objectformat"
)


def environment(*, protocols: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for git: no configuration but ours and the repository's, and only the protocols named (`https:http`).

    `more` are further settings; they stand in the environment alone, on no command line.
    """
    settings = ALWAYS | dict(more or {})
    found = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for index, (name, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{index}": name, f"GIT_CONFIG_VALUE_{index}": value}
    return found


def is_branch(name: str) -> bool:
    """Whether git takes it for the name of a branch, and nothing else can be meant by it."""
    wrong = ("..", "//", "/.", "@{", ".lock/")
    return (
        bool(_BRANCH.fullmatch(name))
        and not any(one in name for one in wrong)
        and not name.endswith(("/", ".", ".lock"))
    )


def unexpected(names: str) -> list[str]:
    """Of a repository's settings, as git lists their names with NULs between them, those that may make it run things."""
    return sorted({name for name in names.split("\0") if name and not _HARMLESS.fullmatch(name)})
