from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from agents.web import hits
from agents.web.searching import Hit, Search, SearchError, make_search
from tests.agents.web.sites import Say, Site, answer, path_of, site

KEY = "sesame-open-321"
PAYLOADS = Path(__file__).with_name("payloads")


def recorded(name: str) -> Say:
    return answer((PAYLOADS / f"{name}.json").read_text(), "application/json")


def service(name: str, at: Site, key: str = KEY) -> Search:
    made = make_search(name, at.url(), key)
    assert made is not None
    return made


def head_and_body(request: str) -> tuple[str, str]:
    head, _, body = request.partition("\r\n\r\n")
    return head.lower(), body


async def test_searxng_is_asked_and_read() -> None:
    async with site(recorded("searxng")) as one:
        found = await service("searxng", one, "").search("bees & plants", count=3)
    [request] = one.requests
    assert path_of(request).startswith("/search?")
    assert parse_qs(urlsplit(path_of(request)).query) == {"q": ["bees & plants"], "format": ["json"]}
    assert "authorization" not in request.lower()
    assert found[0] == Hit(
        "Plants for bees & other pollinators",
        "https://gardens.example.org/bees/plants.html",
        "In two summers we counted 11,384 visits, of which 37 % fell to a single plant.",
        "2026-09-03T00:00:00",
    )
    assert [hit.url for hit in found[1:]] == [
        "https://encyclopedia.example.org/wiki/Bee",
        "https://forum.example.org/t/991",
    ]


async def test_brave_is_asked_and_read() -> None:
    async with site(recorded("brave")) as one:
        found = await service("brave", one).search("bees", count=2)
    head, _ = head_and_body(one.requests[0])
    assert path_of(one.requests[0]).startswith("/res/v1/web/search?q=bees&count=2")
    assert f"x-subscription-token: {KEY}" in head
    assert found == [
        Hit(
            "Plants for bees",
            "https://gardens.example.org/bees/plants.html",
            "What bees visit, & when.",
            "2026-09-03T08:00:00",
        ),
        Hit("Bee", "https://encyclopedia.example.org/wiki/Bee", "Bees are winged insects.", ""),
    ]


async def test_tavily_is_asked_and_read() -> None:
    async with site(recorded("tavily")) as one:
        found = await service("tavily", one).search("bees", count=2)
    head, body = head_and_body(one.requests[0])
    assert head.startswith("post /search ")
    assert f"authorization: bearer {KEY}" in head
    assert json.loads(body) == {"query": "bees", "max_results": 2, "search_depth": "basic"}
    assert found[0] == Hit("Plants for bees", "https://gardens.example.org/bees/plants.html", "What bees visit.", "")


@pytest.mark.parametrize("name", ["searxng", "brave", "tavily"])
@pytest.mark.parametrize(
    ("said", "say"),
    [
        ("refused the key|no JSON", answer("x", status="403 Forbidden")),
        ("refused the key", answer("x", status="401 Unauthorized")),
        ("left alone for a while", answer("x", status="429 Too Many Requests")),
        ("HTTP 500", answer("x", status="500 Oops")),
        ("HTTP 302", answer("x", status="302 Found", more="Location: http://127.0.0.1:9/\r\n")),
        ("not JSON", answer("<p>hello</p>")),
        ("not JSON", answer("[1, 2]", "application/json")),
        ("not JSON", answer("[" * 100_000, "application/json")),
    ],
)
async def test_failures_are_told_in_plain_words_without_the_key(name: str, said: str, say: Say) -> None:
    async with site(say) as one:
        with pytest.raises(SearchError, match=said) as told:
            await service(name, one).search("bees")
    assert KEY not in str(told.value)
    assert name in str(told.value)


@pytest.mark.parametrize("name", ["searxng", "brave", "tavily"])
@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"results": null, "web": null}',
        '{"results": {"a": 1}, "web": {"results": "x"}}',
        '{"results": [1, {"url": 2}], "web": {"results": [null]}}',
    ],
)
async def test_answers_of_another_shape_are_no_results(name: str, body: str) -> None:
    async with site(answer(body, "application/json")) as one:
        assert await service(name, one).search("bees") == []


async def _silent(request: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def test_service_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "TIMEOUT", 0.3)
    async with site(_silent) as one:
        with pytest.raises(SearchError, match="did not answer in time"):
            await service("brave", one).search("bees")


async def test_trickle_ends_at_the_total_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def trickle(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    monkeypatch.setattr(hits, "SECONDS", 0.4)
    async with site(trickle) as one:
        with pytest.raises(SearchError, match="did not answer in time"):
            await service("searxng", one).search("bees")


async def test_links_that_are_not_of_the_web_and_repetitions_are_dropped() -> None:
    rows = [
        {"title": "a", "url": url, "content": ""}
        for url in ("javascript:x", "file:///etc", "https://a.org/", "https://a.org/", "http://b.org/")
    ]
    async with site(answer(json.dumps({"results": rows}), "application/json")) as one:
        found = await service("searxng", one).search("bees")
    assert [hit.url for hit in found] == ["https://a.org/", "http://b.org/"]


async def test_request_is_checked_immediately_before() -> None:
    def check() -> None:
        raise InterruptedError

    async with site(recorded("brave")) as one:
        with pytest.raises(InterruptedError):
            await service("brave", one).search("bees", check=check)
    assert one.requests == []


def test_nothing_configured_is_no_search() -> None:
    assert make_search("", "", "") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("altavista", "", KEY), "no search provider 'altavista'; there are searxng, brave, tavily"),
        (("searxng", "", ""), "searxng needs the URL"),
        (("brave", "", ""), "brave needs an API key"),
        (("tavily", "https://search.example.org", ""), "tavily needs an API key"),
        (("searxng", "search.example.org", ""), "http"),
        (("searxng", "https://user:pass@search.example.org", ""), "http"),
        (("searxng", "https://search.example.org:port", ""), "http"),
        (("brave", "", "a key\r\nX: y"), "characters that no key has"),
    ],
)
def test_configuration_that_cannot_work_is_told(given: tuple[str, str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        make_search(*given)
    assert "X: y" not in str(told.value)


def test_defaults_are_the_documented_hosts() -> None:
    assert vars(make_search("brave", "", KEY))["url"] == "https://api.search.brave.com"
    assert vars(make_search("Tavily", "", KEY))["url"] == "https://api.tavily.com"
