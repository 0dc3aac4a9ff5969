"""One HTTP answer, received within limits of time and size, however it tries to pass them."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2

from agents.web.errors import Unreachable, Unreadable
from agents.web.urls import Target

ACCEPT = "text/html,application/xhtml+xml,text/plain;q=0.9,application/json;q=0.8,application/xml;q=0.8,*/*;q=0.5"
TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True, slots=True)
class Received:
    """An answer's head, and as much of its body as was allowed."""

    status: int
    headers: httpx2.Headers
    body: bytes
    cut: bool
    """Whether there was more."""


async def receive(transport: httpx2.AsyncBaseTransport, target: Target, *, user_agent: str, limit: int) -> Received:
    """Make one GET request. `limit`, in bytes, holds for what arrives and for what it unpacks to.

    Raises Unreachable when nothing sensible comes back; the total time is the caller's to bound.
    """
    # Without a client in between there are no cookies, credentials, redirects or proxies to switch off.
    headers = {"User-Agent": user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate", "Connection": "close"}
    request = httpx2.Request("GET", target.url, headers=headers, extensions={"timeout": TIMEOUT.as_dict()})
    try:
        response = await transport.handle_async_request(request)
        try:
            body, cut = b"", False
            if not response.has_redirect_location and response.status_code < 400:
                body, cut = await _body(response, limit)
        finally:
            await response.aclose()
    except httpx2.TimeoutException:
        raise Unreachable(f"{target.host} did not answer in time.") from None
    except httpx2.ConnectError:
        raise Unreachable(f"No connection to {target.host} could be made.") from None
    except httpx2.TransportError:
        raise Unreachable(f"{target.host} broke off, or answered with something that is not HTTP.") from None
    return Received(response.status_code, response.headers, body, cut)


async def _body(response: httpx2.Response, limit: int) -> tuple[bytes, bool]:
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return await _joined(response.aiter_raw(), limit)
    if coding not in _WINDOWS:
        raise Unreadable("The page came packed in a way that was not asked for.")
    return await _joined(_unpacked(response.aiter_raw(), coding, limit), limit)


async def _joined(chunks: AsyncIterator[bytes], limit: int) -> tuple[bytes, bool]:
    whole = bytearray()
    async for chunk in chunks:
        whole += chunk
        if len(whole) > limit:
            return bytes(whole[:limit]), True
    return bytes(whole), False


async def _unpacked(chunks: AsyncIterator[bytes], coding: str, limit: int) -> AsyncIterator[bytes]:
    """Never more than `limit` + 1 bytes, of which so much is made at a time; a bomb ends there."""
    room, arrived = limit + 1, 0
    unpacker = None
    async for chunk in chunks:
        arrived += len(chunk)
        if arrived > limit:
            raise Unreadable("The page is too large.")
        unpacker = unpacker or zlib.decompressobj(_window(coding, chunk))
        try:
            out = unpacker.decompress(chunk, room)
        except zlib.error:
            raise Unreadable("The page came packed, and could not be unpacked.") from None
        room -= len(out)
        if out:
            yield out
        if room <= 0 or unpacker.eof:
            return


def _window(coding: str, first: bytes) -> int:
    """Some servers call raw deflate data what should have a zlib header."""
    zlib_header = len(first) > 1 and first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return -zlib.MAX_WBITS if coding == "deflate" and not zlib_header else _WINDOWS[coding]
