"""Who the bot is, and who is none of its partners."""

from __future__ import annotations

from dataclasses import dataclass

from transports.base import Account, Author
from transports.github.fields import Fields, number, optional, text
from transports.github.mentions import SUFFIX


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account. People are told apart by id and type; names prove nothing."""

    account_id: str
    login: str

    def is_author(self, user: Fields) -> bool:
        return bool(self.account_id) and str(user.get("id")) == self.account_id

    def is_meant(self, user: Fields) -> bool:
        """Whether this user, assigned or asked for a review, is the bot; by name only while its id is unknown."""
        if self.account_id:
            return self.is_author(user)
        return bool(self.login) and text(user, "login").removesuffix(SUFFIX).lower() == self.login.lower()


def me(account: Account) -> Me:
    return Me(account.account_id, account.username.removeprefix("@").removesuffix(SUFFIX))


def author(user: Fields) -> Author:
    """Raises Unreadable without an id."""
    return Author(id=str(number(user, "id")), name=text(user, "login"), is_bot=text(user, "type") == "Bot")


def why_unanswered(myself: Me, written: Fields, *people: Fields) -> str:
    """The reason not to answer what these people did, `written` being their text; empty when there is none."""
    if any(myself.is_author(person) for person in people):
        return "by this bot itself"
    if any(text(person, "type") == "Bot" for person in people):
        return "by a bot"
    if optional(written, "performed_via_github_app"):
        return "by an app on somebody's behalf"
    return ""
