"""Whose credentials these are."""

from __future__ import annotations

from urllib.parse import quote

from transports.base import Identity
from transports.errors import OutcomeUnknown, Refused
from transports.github.api import Api
from transports.github.fields import Fields, text
from transports.github.mentions import SUFFIX


async def identify(api: Api, *, is_app: bool) -> Identity:
    """The account that comments and reactions come from. Raises TransportError.

    An App writes as a user of its own, `slug[bot]`, whose id is not the App's.
    """
    if not is_app:
        return _identity(await api.about_account("/user"), "token of a user")
    slug = text(await api.about_account("/app"), "slug")
    if not slug:
        raise OutcomeUnknown("GitHub's answer names no App")
    path = f"/users/{quote(slug + SUFFIX)}"
    try:
        return _identity(await api.about_account(path), f"GitHub App {slug}")
    except Refused:
        # An App's own signature opens few doors; users are public.
        return _identity(await api.about_account(path, anonymous=True), f"GitHub App {slug}")


def _identity(user: Fields, detail: str) -> Identity:
    ident = user.get("id")
    if type(ident) is not int:
        raise OutcomeUnknown("GitHub's answer names no account")
    return Identity(account_id=str(ident), username=text(user, "login"), detail=detail)
