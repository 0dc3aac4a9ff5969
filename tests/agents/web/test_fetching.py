from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
import zlib

import pytest

from agents.web.errors import AddressRefused, FetchError, Unreachable, Unreadable
from agents.web.fetching import Bounds, Fetcher
from tests.agents.web.sites import Say, Site, answer, moved, pages, site


def fetcher_for(*sites: Site, **settings: object) -> Fetcher:
    return Fetcher(also_allowed=frozenset(one.here for one in sites), **settings)  # type: ignore[arg-type]


async def test_page_is_read() -> None:
    async with site(answer("<title>Bees &amp; us</title><p>Bees fly.</p>")) as bees:
        page = await fetcher_for(bees).fetch(bees.url("/bees?x=1#part"))
    assert (page.title, page.text, page.status, page.media_type) == ("Bees & us", "Bees fly.", 200, "text/html")
    assert page.url == page.final_url == bees.url("/bees?x=1")
    assert not page.cut


async def test_local_address_is_refused_without_an_allowance() -> None:
    async with site(answer("secret")) as inside:
        with pytest.raises(AddressRefused):
            await Fetcher().fetch(inside.url())
    assert inside.requests == []


async def test_request_carries_nothing_that_could_identify() -> None:
    async with site(
        pages({"/": moved("/next", more="Set-Cookie: a=b\r\n"), "/next": answer("ok", "text/plain")})
    ) as one:
        await fetcher_for(one).fetch(one.url())
    names = {line.partition(":")[0].lower() for request in one.requests for line in request.split("\r\n")[1:] if line}
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert len(one.requests) == 2


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with site(answer("direct", "text/plain")) as one:
        assert (await fetcher_for(one).fetch(one.url())).text == "direct"


# -- redirects


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://metadata.google.internal/",
        "http://2130706433/",
        "//localhost/",
        "file:///etc/passwd",
        "http://user:pass@8.8.8.8/",
        "http://8.8.8.8:6379/",
    ],
)
async def test_redirect_inside_is_refused(location: str) -> None:
    async with site(answer("secret")) as inside, site(moved(location.format(port=inside.port))) as outside:
        with pytest.raises(AddressRefused):
            await fetcher_for(outside).fetch(outside.url())
    assert inside.requests == []


async def test_redirects_are_followed_and_told() -> None:
    async with site(answer("here", "text/plain")) as there, site(moved(there.url("/b"), "301 Moved")) as here:
        page = await fetcher_for(here, there).fetch(here.url("/a"))
    assert (page.url, page.final_url, page.text) == (here.url("/a"), there.url("/b"), "here")


async def test_redirects_come_to_an_end() -> None:
    async with site(moved("/again")) as loop:
        with pytest.raises(Unreachable, match="redirects more than 5 times"):
            await fetcher_for(loop).fetch(loop.url())
    assert len(loop.requests) == 6


async def test_every_request_is_checked_immediately_before() -> None:
    async with site(pages({"/": moved("/next"), "/next": answer("ok", "text/plain")})) as one:
        seen: list[int] = []
        await fetcher_for(one).fetch(one.url(), check=lambda: seen.append(len(one.requests)))
        assert seen == [0, 1]


class LeaseLost(Exception):
    pass


async def test_nothing_is_sent_after_the_lease_is_lost() -> None:
    def check() -> None:
        raise LeaseLost

    async with site(answer("x")) as one:
        with pytest.raises(LeaseLost):
            await fetcher_for(one).fetch(one.url(), check=check)
    assert one.requests == []


# -- DNS


async def test_connection_goes_to_the_address_that_was_checked() -> None:
    """DNS says something else as soon as it has been asked; the second answer is nobody's."""
    answers = ["127.0.0.1", "127.0.0.2"]

    async def rebinding(host: str, port: int) -> list[str]:
        return [answers.pop(0)]

    async with (
        site(answer("public", "text/plain")) as public,
        site(answer("private", "text/plain"), host="127.0.0.2", port=public.port) as private,
    ):
        fetcher = fetcher_for(public, resolver=rebinding)
        page = await fetcher.fetch(public.url("/1", "rebind.example.org"))
        assert page.text == "public"
        assert f"Host: rebind.example.org:{public.port}" in public.requests[0]
        assert answers == ["127.0.0.2"]
        with pytest.raises(AddressRefused):
            await fetcher.fetch(public.url("/2", "rebind.example.org"))
    assert private.requests == []


async def test_rebinding_between_redirects_is_found() -> None:
    answers = ["127.0.0.1", "127.0.0.2"]

    async def rebinding(host: str, port: int) -> list[str]:
        return [answers.pop(0)]

    async with (
        site(moved("/again")) as public,
        site(answer("private", "text/plain"), host="127.0.0.2", port=public.port) as private,
    ):
        with pytest.raises(AddressRefused):
            await fetcher_for(public, resolver=rebinding).fetch(public.url("/", "rebind.example.org"))
    assert private.requests == []


async def test_next_address_is_tried_when_one_is_dead() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    async with site(answer("alive", "text/plain")) as one:
        allowed = frozenset({one.here, ("127.0.0.3", one.port)})
        page = await Fetcher(also_allowed=allowed, resolver=resolver).fetch(one.url("/", "two.example.org"))
    assert page.text == "alive"


# -- size and time


async def _endless(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        await writer.drain()


async def test_endless_body_is_cut() -> None:
    async with site(_endless) as one:
        page = await fetcher_for(one, bounds=Bounds(body_bytes=100_000)).fetch(one.url())
    assert (len(page.text), page.cut) == (100_000, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_bomb_unpacks_to_the_limit_only(coding: str) -> None:
    zeros = b"0" * 50_000_000
    packed = gzip.compress(zeros, 9) if coding == "gzip" else zlib.compress(zeros, 9)
    assert len(packed) < 100_000
    async with site(answer(packed, "text/plain", more=f"Content-Encoding: {coding}\r\n")) as one:
        tracemalloc.start()
        try:
            page = await fetcher_for(one, bounds=Bounds(body_bytes=200_000)).fetch(one.url())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (len(page.text), page.cut) == (200_000, True)
    assert peak < 10_000_000


async def test_packed_pages_are_unpacked() -> None:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bodies = {
        "gzip": gzip.compress(b"text"),
        "deflate": zlib.compress(b"text"),
        "Deflate": raw.compress(b"text") + raw.flush(),
    }
    for coding, body in bodies.items():
        async with site(answer(body, "text/plain", more=f"Content-Encoding: {coding}\r\n")) as one:
            page = await fetcher_for(one).fetch(one.url())
            assert (page.text, page.cut) == ("text", False)


@pytest.mark.parametrize(("coding", "body"), [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"not gzip at all")])
async def test_what_cannot_be_unpacked_is_refused(coding: str, body: bytes) -> None:
    async with site(answer(body, "text/plain", more=f"Content-Encoding: {coding}\r\n")) as one:
        with pytest.raises(Unreadable, match="packed"):
            await fetcher_for(one).fetch(one.url())


async def _trickle(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _slow_head(request: str, writer: asyncio.StreamWriter) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000:
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _silent(request: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _interim(request: str, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()


@pytest.mark.parametrize("say", [_trickle, _slow_head, _silent, _interim])
async def test_slowness_ends_at_the_total_time(say: Say) -> None:
    async with site(say) as one:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="took longer than 1 seconds"):
            await fetcher_for(one, bounds=Bounds(seconds=0.6)).fetch(one.url())
    assert time.monotonic() - began < 5


async def _endless_head(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Filler: " + b"y" * 1000 + b"\r\n")
        await writer.drain()


async def _nonsense(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")


async def _broken_off(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")


@pytest.mark.parametrize("say", [_endless_head, _nonsense, _broken_off])
async def test_what_is_not_http_is_told_in_plain_words(say: Say) -> None:
    async with site(say) as one:
        with pytest.raises(Unreachable, match="broke off, or answered with something that is not HTTP"):
            await fetcher_for(one).fetch(one.url())


async def test_refused_connection_is_told() -> None:
    async with site(answer("x")) as one:
        pass
    with pytest.raises(Unreachable, match="No connection to 127"):
        await fetcher_for(one).fetch(one.url())


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "500 Oops", "429 Slow Down", "304 Not Modified"])
async def test_error_status_is_told(status: str) -> None:
    async with site(answer("page", status=status)) as one:
        with pytest.raises(Unreachable) as told:
            await fetcher_for(one).fetch(one.url())
    assert told.value.status == int(status[:3])


# -- cache


async def test_page_is_kept_for_a_while() -> None:
    async with site(answer("once", "text/plain")) as one:
        fetcher = fetcher_for(one)
        first, second = await fetcher.fetch(one.url("/#a")), await fetcher.fetch(one.url("/#b"))
    assert len(one.requests) == 1
    assert (first.from_cache, second.from_cache, second.at) == (False, True, first.at)


async def test_old_pages_and_errors_are_fetched_anew() -> None:
    async with site(answer("now", "text/plain")) as one:
        fetcher = fetcher_for(one, cache_seconds=0.0)
        for _ in range(2):
            await fetcher.fetch(one.url())
    assert len(one.requests) == 2
    async with site(answer("gone", status="404 Not Found")) as other:
        fetcher = fetcher_for(other)
        for _ in range(2):
            with pytest.raises(FetchError):
                await fetcher.fetch(other.url())
    assert len(other.requests) == 2


async def test_page_that_asks_for_it_is_not_kept() -> None:
    async with site(answer("mine", "text/plain", more="Cache-Control: private, no-store\r\n")) as one:
        fetcher = fetcher_for(one)
        for _ in range(2):
            await fetcher.fetch(one.url())
    assert len(one.requests) == 2
