"""Commenting on an issue or pull request."""

from __future__ import annotations

from agents.github.access import GitHubError
from agents.github.bodies import BODY_LIMIT, quoted, written
from agents.github.client import Client, part, text
from agents.github.names import NUMBER
from agents.github.telling import newest
from agents.tools.github.base import Arguments, WritingTool, place, schema


class Comment(WritingTool):
    """One comment, made once."""

    name = "github_comment"
    description = (
        "Posts a comment on an issue or pull request of this conversation's repository. Not for answering in this "
        "conversation: your answer is posted as a comment by itself. A person is asked to approve the call before it "
        "is made, so make it without asking first."
    )
    input_schema = schema(
        ("number", "body"), number=NUMBER, body={"type": "string", "minLength": 1, "maxLength": BODY_LIMIT}
    )

    def describe(self, arguments: Arguments) -> str:
        return f"Comment on {place(arguments)}: {quoted(str(arguments.get('body', '')))}."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        path = f"/repos/{repository}/issues/{arguments['number']}/comments"
        body = written(client.github, arguments["body"], what="the comment")
        try:
            made = await client.write("POST", path, repository=repository, json={"body": body})
        except GitHubError as error:
            if not error.unknown or not (url := await _there(client, path, repository, body)):
                raise
            return f"The comment is posted: {url}"
        return f"The comment is posted: {text(made, 'html_url')}"


async def _there(client: Client, path: str, repository: str, body: str) -> str:
    """The address of our own comment of exactly these words, where one is among the newest; else empty."""
    own = await client.github.own_id()
    for comment in reversed((await newest(client, path, repository, 10))[0]):
        if str(part(comment, "user").get("id")) == own and text(comment, "body").strip() == body:
            return text(comment, "html_url") or "it is there"
    return ""
