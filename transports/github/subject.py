"""Where on GitHub a conversation is: an issue or a pull request of a repository."""

from __future__ import annotations

from dataclasses import dataclass

from transports.base import Conversation, ConversationKind
from transports.errors import Refused
from transports.github.fields import Fields, count, number, optional, part, repository_name, text


def conversation(repository: Fields, issue: Fields, *, is_pull: bool) -> Conversation:
    """The conversation about an issue or pull request. Raises Unreadable where its ids are missing."""
    name, ident = repository_name(repository), number(issue, "number")
    return Conversation(
        key=f"{number(repository, 'id')}:{ident}",
        kind=ConversationKind.PULL_REQUEST if is_pull else ConversationKind.ISSUE,
        title=f"{name}#{ident} {text(issue, 'title')}".rstrip(),
        is_public=repository.get("private") is False,
        address={
            "repository": name,
            "number": ident,
            "url": text(issue, "html_url"),
            "owner": count(optional(repository, "owner"), "id"),
        },
    )


def is_pull_comment(payload: Fields) -> bool:
    """Whether an `issue_comment` belongs to a pull request: GitHub sends it with an `issue` that says so."""
    return isinstance(part(payload, "issue").get("pull_request"), dict)


@dataclass(frozen=True, slots=True)
class Place:
    """The paths of a conversation in the REST API."""

    repository: str
    number: int

    @property
    def root(self) -> str:
        return f"/repos/{self.repository}"

    @property
    def issue(self) -> str:
        return f"{self.root}/issues/{self.number}"

    @property
    def pull(self) -> str:
        return f"{self.root}/pulls/{self.number}"

    def comment(self, comment_id: str) -> str:
        if not comment_id.isdecimal():
            raise Refused("not the id of a comment")
        return f"{self.root}/issues/comments/{comment_id}"

    def reactions(self, message_id: str) -> str:
        """Where a message is reacted to. Reviews take no reactions in the REST API: their pull request does instead."""
        kind, _, ident = message_id.rpartition(":")
        if kind in ("", "issue_comment"):
            return f"{self.comment(ident)}/reactions"
        if kind == "pull_request_review_comment" and ident.isdecimal():
            return f"{self.root}/pulls/comments/{ident}/reactions"
        return f"{self.issue}/reactions"


def place_of(to: Conversation) -> Place:
    """Read the stored address. Raises Refused where it is not one of ours."""
    repository, ident = to.address.get("repository"), to.address.get("number")
    if not isinstance(repository, str) or type(ident) is not int:
        raise Refused("the conversation has no repository and number")
    return Place(repository, ident)
