"""reach(): GitHub as the tools of one run may see it, over the account of a GitHub bot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from agents.github.access import GitHubError, Response
from botplatform.pipeline import bots
from botplatform.pipeline.bots import BotRow
from transports.base import Conversation, ConversationKind
from transports.errors import OutcomeUnknown, TransportError, TryLater, Unauthorized
from transports.github import GitHubTransport
from transports.github.api import DEFAULT_URL
from transports.github.outgoing import presentable

PASSING_SECONDS = 30.0
"""When to ask again where GitHub failed and named no time."""


async def reach(bot: BotRow, conversation: Conversation, *, trusted: bool = False) -> Reach | None:
    """GitHub for one run; None where no account of this installation may call it.

    A bot of another platform uses the account of the GitHub bot with its slug, else of the one called `default`.
    `trusted`: whether all whom the run answers may see what that account sees; elsewhere than on GitHub, whose own
    conversations say it themselves, others read public repositories only.
    """
    transport = bot.transport
    if isinstance(transport, GitHubTransport):
        return Reach.of_conversation(transport, conversation) if transport.is_signed_in else None
    lent = await bots.by_slug("github", bot.slug) or await bots.by_slug("github", "default")
    if lent is None or not isinstance(lent.transport, GitHubTransport) or not lent.transport.is_signed_in:
        return None
    return Reach(lent.transport, public=conversation.is_public or not trusted)


class Reach:
    """Implements `agents.github.access.GitHub`."""

    def __init__(
        self,
        transport: GitHubTransport,
        *,
        public: bool,
        repository: str = "",
        number: int | None = None,
        is_pull: bool = False,
    ) -> None:
        self.repository, self.number, self.is_pull, self.public = repository, number, is_pull, public
        self.login = transport.account.username
        self._transport = transport
        self._private: dict[str, bool] = {}

    @classmethod
    def of_conversation(cls, transport: GitHubTransport, to: Conversation) -> Reach:
        repository, number = to.address.get("repository"), to.address.get("number")
        known = isinstance(repository, str) and type(number) is int
        return cls(
            transport,
            public=to.is_public or not known,
            repository=repository if known and isinstance(repository, str) else "",
            number=number if known else None,
            is_pull=to.kind is ConversationKind.PULL_REQUEST,
        )

    async def call(
        self, method: str, path: str, *, repository: str, json: Any = None,
        params: Mapping[str, str | int] | None = None, accept: str = "", cap_bytes: int = 5_000_000,
    ) -> Response:  # fmt: skip
        api = self._transport.api
        try:
            if method == "GET":
                response = await api.read(
                    path, repository=repository, params=params, accept=accept, cap_bytes=cap_bytes
                )
            else:
                response = await api.call(method, path, repository=repository, json=json, params=params)
        except TransportError as error:
            raise _told(error, method) from None
        return _response(response, cap_bytes)

    async def is_private(self, repository: str) -> bool:
        known = repository.lower()
        if known not in self._private:
            answer = (await self.call("GET", f"/repos/{repository}", repository=repository)).json()
            # What does not say that it is public is taken for private.
            self._private[known] = not isinstance(answer, dict) or answer.get("private") is not False
        return self._private[known]

    @property
    def api_url(self) -> str:
        """Where the installation's API is."""
        return self._transport.account.api_url or DEFAULT_URL

    async def credential(self) -> str:
        """Opens the conversation's repository, and is handed to nobody but our own git. Raises GitHubError."""
        try:
            return await self._transport.api.credentials.for_repository(self.repository)
        except TransportError as error:
            raise _told(error, "GET") from None

    async def own_id(self) -> str:
        try:
            return await self._transport.own_id()
        except TransportError as error:
            raise _told(error, "GET") from None

    def clean(self, markdown: str, *, mentions: int) -> str:
        return presentable(markdown, mentions=mentions)


def _response(response: httpx.Response, cap_bytes: int) -> Response:
    cut = response.extensions.get("cut") is True
    if cut and response.extensions.get("elsewhere") is not True:
        raise GitHubError(f"GitHub's answer is longer than {cap_bytes:,} bytes")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, response.content, headers, cut)


def _told(error: TransportError, method: str) -> GitHubError:
    if isinstance(error, Unauthorized):
        words = f"the bot's GitHub account is not let in ({error}); an operator has to look at its credentials"
        return GitHubError(words, status=error.status)
    unknown = isinstance(error, OutcomeUnknown) and method != "GET"
    passes = isinstance(error, TryLater) or (isinstance(error, OutcomeUnknown) and not unknown)
    wait = error.retry_after or (PASSING_SECONDS if passes else None)
    return GitHubError(str(error), status=error.status, retry_after=wait, unknown=unknown)
