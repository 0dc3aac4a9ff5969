"""GitHub, through webhooks and the REST API: https://docs.github.com/en/rest"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, suppress

from transports.base import (
    Account,
    Author,
    Conversation,
    Facts,
    Features,
    Headers,
    Identity,
    InboundUpdate,
    Part,
    Transport,
)
from transports.errors import MessageGone, OutcomeUnknown
from transports.github import hooks, signature
from transports.github.api import Api, json_object
from transports.github.auth import is_app
from transports.github.comments import marker_comment, newest_first
from transports.github.context import describe
from transports.github.envelope import FORM, JSON, KEPT_HEADERS, open_envelope
from transports.github.failures import Missing
from transports.github.fields import optional, text
from transports.github.footer import with_footer
from transports.github.identity import identify
from transports.github.markdown import render_markdown
from transports.github.me import me
from transports.github.parsing import parse_delivery
from transports.github.permissions import Permissions
from transports.github.strangers import Trust
from transports.github.subject import place_of
from transports.http import Http, Publish
from transports.webhooks import WebhookState


class GitHubTransport(Transport):
    """One machine user or GitHub App."""

    name = "github"
    features = Features(
        body_limit_bytes=25_000_000,
        # A placeholder comment would be e-mailed to every subscriber.
        placeholder=False,
        per_second=1.0,
        receipt="eyes",
        findable=True,
        permissions=True,
    )
    kept_headers = KEPT_HEADERS
    content_types = (JSON, FORM)

    def __init__(self, account: Account, http: Http, publish: Publish | None = None) -> None:
        super().__init__(account, http, publish)
        self._api = Api(account, http)
        self._me = me(account)
        self._account_id = account.account_id
        self._permissions = Permissions(self._api)

    @property
    def api(self) -> Api:
        """The REST API as the bot's account, for whatever is no conversation."""
        return self._api

    @property
    def is_signed_in(self) -> bool:
        """Whether there are credentials to call it with; without, deliveries are only taken."""
        return bool(self.account.token) or is_app(self.account)

    # -- in

    def verify(self, headers: Headers, body: bytes) -> None:
        signature.verify(self.account.secrets_now(), headers, body)

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        return parse_delivery(open_envelope(headers, body), self._me)

    # -- out

    def render(self, markdown: str) -> list[Part]:
        return render_markdown(markdown)

    def with_footer(self, parts: Sequence[Part], title: str, text: str) -> list[Part]:
        return with_footer(parts, title, text)

    async def send(self, to: Conversation, part: Part, *, reply_to: str = "", marker: str = "") -> str:
        place = place_of(to)
        body = f"{part.text}\n\n{marker_comment(marker)}" if marker else part.text
        path = f"{place.issue}/comments"
        answer = json_object(await self._api.call("POST", path, repository=place.repository, json={"body": body}))
        if type(answer.get("id")) is not int:
            raise OutcomeUnknown("GitHub's answer names no comment")
        return str(answer["id"])

    async def find(self, to: Conversation, marker: str) -> str:
        """Looks through the newest comments; one that somebody else wrote proves nothing, whatever it holds."""
        own, wanted = await self.own_id(), marker_comment(marker)
        async with aclosing(newest_first(self._api, place_of(to))) as comments:
            async for comment in comments:
                is_own = str(optional(comment, "user").get("id")) == own
                if is_own and wanted in text(comment, "body"):
                    return str(comment.get("id"))
        return ""

    async def edit(self, to: Conversation, message_id: str, part: Part, *, final: bool = True) -> None:
        """Drops the hidden marker: who edits knows the comment's id and need not find it again."""
        place = place_of(to)
        path = place.comment(message_id)
        try:
            await self._api.call("PATCH", path, repository=place.repository, json={"body": part.text})
        except Missing as error:
            raise MessageGone(str(error)) from None

    async def delete(self, to: Conversation, message_id: str) -> None:
        place = place_of(to)
        with suppress(Missing):
            await self._api.call("DELETE", place.comment(message_id), repository=place.repository)

    async def react(self, to: Conversation, message_id: str, reaction: str) -> None:
        place = place_of(to)
        path = place.reactions(message_id)
        await self._api.call("POST", path, repository=place.repository, json={"content": reaction})

    async def context(self, to: Conversation) -> Facts:
        return await describe(self._api, to, Trust(self._permissions, self._account_id))

    async def may_write(self, to: Conversation, author: Author) -> bool:
        return await self._permissions.may_write(place_of(to).repository, author)

    async def identify(self) -> Identity:
        return await identify(self._api, is_app=is_app(self.account))

    async def webhook_state(self) -> WebhookState | None:
        """An App's alone: of webhooks that people set in repositories a token knows nothing."""
        return await hooks.state(self._api) if is_app(self.account) else None

    async def register_webhook(self, url: str) -> bool:
        if not is_app(self.account):
            return False
        await hooks.configure(self._api, url, self.account.secret)
        return True

    async def create_webhook(self, repository: str, url: str) -> None:
        """Set one in a repository (`owner/name`), with the account's secret. Raises TransportError."""
        await hooks.create(self._api, repository, url, self.account.secret)

    async def own_id(self) -> str:
        """The account's id as GitHub has it. Raises TransportError."""
        if not self._account_id:
            self._account_id = (await self.identify()).account_id
        return self._account_id
