"""Making a branch."""

from __future__ import annotations

from agents.github import names
from agents.github.access import GitHubError
from agents.github.client import Client, part, text
from agents.tools.github.base import Arguments, WritingTool, place, schema

BRANCH = {"type": "string", "minLength": 1, "maxLength": 200}


class CreateBranch(WritingTool):
    """A new branch at a commit that is there."""

    name = "github_create_branch"
    description = (
        "Makes a new branch in this conversation's repository, at a branch, tag or commit that is there (the default "
        "branch unless given). A person is asked to approve the call before it is made, so make it without asking first."
    )
    input_schema = schema(
        ("branch",), branch=BRANCH, at={"type": "string", "maxLength": 250, "description": "branch, tag or commit"}
    )
    repeatable = True

    def describe(self, arguments: Arguments) -> str:
        at = arguments.get("at") or "the default branch"
        return f"Make the branch “{arguments.get('branch')}” in {place(arguments)}, at {at}."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        branch = arguments["branch"]
        names.ref(branch)
        root = f"/repos/{repository}"
        at = names.ref(str(arguments.get("at") or "HEAD"))
        commit = names.commit(text(await client.get(f"{root}/commits/{at}", repository=repository), "sha"))
        try:
            made = {"ref": f"refs/heads/{branch}", "sha": commit}
            await client.write("POST", f"{root}/git/refs", repository=repository, json=made)
        except GitHubError as error:
            there = await _at(client, repository, branch) if error.unknown or error.status == 422 else ""
            if there and there != commit:
                raise GitHubError(f"the branch {branch} is there already, at {there}") from None
            if not there:
                raise
        return f"The branch {branch} of {repository} is at {commit}."


async def _at(client: Client, repository: str, branch: str) -> str:
    """The commit of a branch; empty where it is not there."""
    try:
        path = f"/repos/{repository}/git/ref/heads/{names.ref(branch)}"
        return text(part(await client.get(path, repository=repository), "object"), "sha")
    except GitHubError as error:
        if error.status == 404:
            return ""
        raise
