"""Whose credentials these are."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from transports.base import Identity
from transports.clean import clean_text
from transports.errors import OutcomeUnknown, Refused
from transports.github.api import Api, json_object
from transports.github.fields import Fields, text
from transports.github.mentions import SUFFIX


async def identify(api: Api, *, is_app: bool) -> Identity:
    """The account that comments and reactions come from. Raises TransportError.

    An App writes as a user of its own, `slug[bot]`, whose id is not the App's.
    """
    if not is_app:
        answer = await api.as_account("GET", "/user")
        return _identity(json_object(answer), "token of a user", notes_on(answer.headers))
    slug = text(await api.about_account("/app"), "slug")
    if not slug:
        raise OutcomeUnknown("GitHub's answer names no App")
    path = f"/users/{quote(slug + SUFFIX)}"
    try:
        return _identity(await api.about_account(path), f"GitHub App {slug}")
    except Refused:
        # An App's own signature opens few doors; users are public.
        return _identity(await api.about_account(path, anonymous=True), f"GitHub App {slug}")


def _identity(user: Fields, detail: str, notes: tuple[str, ...] = ()) -> Identity:
    ident = user.get("id")
    if type(ident) is not int:
        raise OutcomeUnknown("GitHub's answer names no account")
    return Identity(account_id=str(ident), username=text(user, "login"), detail=detail, notes=notes)


def notes_on(headers: Mapping[str, str]) -> tuple[str, ...]:
    """What GitHub tells of a token beside its answer.

    https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#http-response-headers
    """
    scopes, until = headers.get("x-oauth-scopes"), headers.get("github-authentication-token-expiration", "")
    left, limit = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-limit", "")
    notes = []
    if scopes is not None:
        notes.append(f"Its scopes: {scopes}." if scopes else "A classic token without scopes: it may only look.")
    if until:
        notes.append(f"The token ends on {until}.")
    if left and limit:
        notes.append(f"{left} of {limit} requests are left in this hour.")
    return tuple(clean_text(note)[:200] for note in notes)
