"""Fetches pages that a model asks for, and assumes the worst of both: of the model and of the pages."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx2
import structlog

from agents.text import strip_invisible
from agents.web.cache import RecentlyUsed
from agents.web.decoding import HTML, decode, media_type
from agents.web.errors import FetchError, Unreachable
from agents.web.gate import Gate, Resolver, resolve
from agents.web.pinning import PinnedTransport
from agents.web.reading import Link, readable
from agents.web.receiving import Received, receive
from agents.web.urls import Target, follow, parse

USER_AGENT = "Mozilla/5.0 (compatible; botplatform)"
REDIRECTS = 5
AT_ONCE = 4
"""Pages of one process that are fetched at the same time; others wait their turn within their own time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it was read. Everything in it but the times was written by strangers."""

    url: str
    """As asked for, in its plain form."""
    final_url: str
    """Where redirects have led."""
    status: int
    media_type: str
    title: str
    text: str
    links: tuple[Link, ...]
    cut: bool
    """Whether the page goes on where the text ends."""
    at: datetime
    """When it was retrieved."""
    from_cache: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one page may take."""

    seconds: float = 25.0
    body_bytes: int = 3_000_000
    text_chars: int = 400_000


class Fetcher:
    """One a process and event loop; needs no closing.

    `also_allowed` names hosts (or addresses) with their ports that may be opened though they are not on the public
    internet; `ports` are those that may be opened on it; `tls` replaces the system's trusted authorities.
    """

    def __init__(
        self,
        *,
        also_allowed: frozenset[tuple[str, int]] = frozenset(),
        ports: frozenset[int] = frozenset({80, 443}),
        bounds: Bounds | None = None,
        user_agent: str = USER_AGENT,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        cache_seconds: float = 900.0,
    ) -> None:
        self._gate = Gate(ports, also_allowed, resolver=resolver)
        self._bounds = bounds or Bounds()
        self._user_agent, self._tls = user_agent, tls
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._recent: RecentlyUsed[Fetched] = RecentlyUsed(
            seconds=cache_seconds, entries=200, total_size=10_000_000, size=lambda page: len(page.text) + 1_000
        )

    async def fetch(self, url: str, *, check: Callable[[], None] = lambda: None) -> Fetched:
        """Read a page. `check` is called before each request and may raise to end everything.

        Raises FetchError: AddressRefused for what may not be opened, Unreachable, Unreadable.
        """
        target = parse(url)
        if (kept := self._recent.get(target.url)) is not None:
            return replace(kept, from_cache=True)
        deadline = asyncio.timeout(self._bounds.seconds)
        try:
            async with deadline, self._turns:
                page, storable = await self._fetched(target, check)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise Unreachable(f"{target.host} took longer than {self._bounds.seconds:.0f} seconds.") from None
        except FetchError as error:
            log.info("page.not_read", host=target.host, reason=str(error))
            raise
        if storable:
            self._recent.put(target.url, page)
        return page

    async def _fetched(self, target: Target, check: Callable[[], None]) -> tuple[Fetched, bool]:
        """The page, and whether it may be kept."""
        final, received = await self._followed(target, check)
        if received.status >= 300:
            raise Unreachable(f"{final.host} answered with HTTP {received.status}.", status=received.status)
        page = await self._read(target, final, received)
        return page, "no-store" not in received.headers.get("cache-control", "").lower()

    async def _followed(self, target: Target, check: Callable[[], None]) -> tuple[Target, Received]:
        """The answer at the end of all redirects, each of which is judged like a URL of its own."""
        limit, tls = self._bounds.body_bytes, self._context()
        for _ in range(REDIRECTS + 1):
            async with PinnedTransport(self._gate, tls=tls) as transport:
                check()
                received = await receive(transport, target, user_agent=self._user_agent, limit=limit)
            location = received.headers.get("location")
            if received.status not in (301, 302, 303, 307, 308) or not location:
                return target, received
            target = follow(target, location)
        raise Unreachable(f"The page redirects more than {REDIRECTS} times.")

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        return self._tls

    async def _read(self, target: Target, final: Target, received: Received) -> Fetched:
        content_type = received.headers.get("content-type", "")
        kind = media_type(content_type, received.body)
        text, chars = decode(received.body, content_type), self._bounds.text_chars
        title, cut = "", len(text) > chars
        links: tuple[Link, ...] = ()
        if kind in HTML:
            found = await readable(text, url=final.url, chars=chars)
            title, text, links, cut = found.title, found.text, found.links, found.cut
        return Fetched(
            target.url,
            final.url,
            received.status,
            kind,
            strip_invisible(title),
            strip_invisible(text)[:chars],
            links,
            cut or received.cut,
            datetime.now(UTC),
        )
