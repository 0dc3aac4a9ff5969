"""Why a page could not be read, in words that a model and a person may see."""

from __future__ import annotations


class FetchError(Exception):
    """The page was not read; the message says why and names no address behind the host."""


class AddressRefused(FetchError):
    """The URL or what it leads to is not for us to open; trying again changes nothing."""


class Unreachable(FetchError):
    """The server did not answer, or not well; a later attempt may succeed. `status` is zero without an answer."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Unreadable(FetchError):
    """There was an answer, but not a text that can be read here."""
