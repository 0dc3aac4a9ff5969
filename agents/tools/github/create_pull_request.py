"""Opening a pull request."""

from __future__ import annotations

from agents.github import names
from agents.github.access import GitHubError
from agents.github.bodies import BODY_LIMIT, quoted, written
from agents.github.client import Client, text
from agents.tools.github.base import Arguments, WritingTool, place, schema
from agents.tools.github.create_branch import BRANCH

TITLE_LIMIT = 250


class CreatePullRequest(WritingTool):
    """From one branch of a repository into another."""

    name = "github_create_pull_request"
    description = (
        "Opens a pull request in this conversation's repository, from a branch of it (`head`) into another (`base`, "
        "the default branch unless given). A person is asked to approve the call before it is made, so make it without "
        "asking first."
    )
    input_schema = schema(
        ("title", "head"),
        title={"type": "string", "minLength": 1, "maxLength": TITLE_LIMIT},
        head=BRANCH,
        base=BRANCH,
        body={"type": "string", "maxLength": BODY_LIMIT},
        draft={"type": "boolean"},
    )
    repeatable = True

    def describe(self, arguments: Arguments) -> str:
        kind = "a draft pull request" if arguments.get("draft") is True else "a pull request"
        branches = f"from {arguments.get('head')} into {arguments.get('base') or 'the default branch'}"
        body = str(arguments.get("body") or "")
        words = f"Open {kind} in {place(arguments)}, {branches}, titled {quoted(str(arguments.get('title', '')))}"
        return f"{words}, with the description {quoted(body)}." if body else f"{words}."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        head, base = arguments["head"], str(arguments.get("base") or "")
        names.ref(head)
        if not base:
            base = text(await client.get(f"/repos/{repository}", repository=repository), "default_branch")
        names.ref(base)
        body = written(client.github, arguments["body"]) if str(arguments.get("body") or "").strip() else ""
        asked = {
            "title": " ".join(written(client.github, arguments["title"], what="the title").split()),
            "head": head,
            "base": base,
            "body": body,
            "draft": arguments.get("draft") is True,
        }
        try:
            made = await client.write("POST", f"/repos/{repository}/pulls", repository=repository, json=asked)
        except GitHubError as error:
            there = await _there(client, repository, head, base) if error.unknown or error.status == 422 else ""
            if not there:
                raise
            return f"There is an open pull request from {head} into {base}: {there}"
        return f"Pull request {repository}#{made.get('number')} is open: {text(made, 'html_url')}"


async def _there(client: Client, repository: str, head: str, base: str) -> str:
    """The address of an open pull request between these branches; empty where there is none."""
    asked: dict[str, str | int] = {"state": "open", "head": f"{repository.partition('/')[0]}:{head}", "base": base}
    listed = await client.listed(f"/repos/{repository}/pulls", repository=repository, params=asked, pages=1)
    return text(listed.items[0], "html_url") if listed.items else ""
