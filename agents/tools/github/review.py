"""Reviewing a pull request."""

from __future__ import annotations

from agents.base import RunContext
from agents.github import names
from agents.github.bodies import BODY_LIMIT, quoted, written
from agents.github.client import Client
from agents.github.names import NUMBER
from agents.github.remarks import Remark
from agents.github.reviewing import Review, post
from agents.tools.github.base import Arguments, WritingTool, place, schema

REMARKS = 50
_REMARK = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1, "maxLength": 1000},
        "line": {"type": "integer", "minimum": 1},
        "side": {"type": "string", "enum": ["LEFT", "RIGHT"]},
        "start_line": {"type": "integer", "minimum": 1},
        "body": {"type": "string", "minLength": 1, "maxLength": 10_000},
    },
    "required": ["path", "line", "body"],
    "additionalProperties": False,
}
_VERDICTS = {"APPROVE": "Approve", "REQUEST_CHANGES": "Request changes to"}


class PostReview(WritingTool):
    """A summary with remarks on lines, as one review."""

    name = "github_review"
    description = (
        "Posts a review of a pull request: a summary, and remarks on lines of its diff, numbered as github_get_diff "
        "shows them (side RIGHT for lines after the change, LEFT for deleted ones; start_line for several lines). "
        "Collect all remarks in one call. After new commits, call it again with everything that holds now: the summary "
        "is updated in place, remarks that are there already are not repeated if their words are the same. A COMMENT on "
        "this conversation's own pull request is posted at once; for APPROVE and REQUEST_CHANGES, and elsewhere, a "
        "person is asked first. Afterwards answer in a sentence or two, without repeating the review."
    )
    input_schema = schema(
        ("number", "summary"),
        number=NUMBER,
        summary={"type": "string", "minLength": 1, "maxLength": BODY_LIMIT // 2},
        event={"type": "string", "enum": ["COMMENT", "APPROVE", "REQUEST_CHANGES"]},
        comments={"type": "array", "items": _REMARK, "maxItems": REMARKS},
    )
    repeatable = True
    timeout_seconds = 90.0

    def harmless(self, arguments: Arguments, context: RunContext) -> bool:
        """A comment on the pull request in whose conversation the bot answers anyway."""
        github = context.services.github
        if github is None or not github.repository or not github.is_pull:
            return False
        repository = str(arguments.get("repository") or github.repository)
        own = names.same(repository, github.repository) and arguments.get("number") == github.number
        return own and arguments.get("event", "COMMENT") == "COMMENT"

    def describe(self, arguments: Arguments) -> str:
        verdict = _VERDICTS.get(str(arguments.get("event")), "Comment on")
        remarks = arguments.get("comments", ())
        where = [f"{one.get('path')}:{one.get('line')}: {quoted(str(one.get('body')), 200)}" for one in remarks]
        words = (
            f"{verdict} pull request {place(arguments)} in a review, with {quoted(str(arguments.get('summary', '')))}"
        )
        return "\n".join([f"{words} and {len(where)} remarks on lines:" if where else f"{words}.", *where])

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        review = Review(
            repository=repository,
            number=arguments["number"],
            event=arguments.get("event", "COMMENT"),
            summary=written(client.github, arguments["summary"], what="the summary"),
            remarks=[Remark.of(one, client.github) for one in arguments.get("comments", ())],
        )
        return await post(client, review)
