from __future__ import annotations

import pytest

from agents.web.errors import AddressRefused, Unreachable
from agents.web.gate import Gate
from agents.web.urls import follow, parse

REFUSED_URLS = [
    "file:///etc/passwd",
    "ftp://example.org/",
    "gopher://example.org:70/_x",
    "javascript:alert(1)",
    "data:text/html,x",
    "//example.org/",
    "example.org",
    "http:example.org",
    "http:///etc/passwd",
    "http://",
    "",
    "https://user@example.org/",
    "https://user:password@example.org/",
    "https://example.org@169.254.169.254/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1.0x1/",
    "http://127.0.0.01/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://127.0.0.1%2f@example.org/",
    "http://%31%32%37.0.0.1/",
    "http://[::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://[not-an-address]/",
    "http://exa mple.org/",
    "http://example.org\\@127.0.0.1/",
    "http://example.org\t.evil/",
    "http://example.org\r\nHost: x/",
    "http://example.org\x00.evil/",
    "http://example.org:0/",
    "http://example.org:99999/",
    "http://example.org:http/",
    "http://exam\u200bple.org/",
    "http://" + "a" * 64 + ".org/",
    "http://a..org/",
    "http://example.org/" + "a" * 2000,
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_url_is_refused_as_written(url: str) -> None:
    with pytest.raises(AddressRefused):
        parse(url)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://example.org./", "http://example.org/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.org/a b".replace(" ", "%20"), "https://example.org/a%20b"),
        ("http://[2606:4700:4700::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"),
        ("http://①②⑦。⓪.0.1/", "http://127.0.0.1/"),
    ],
)
def test_url_is_read_in_one_way(url: str, plain: str) -> None:
    assert parse(url).url == plain
    assert parse(plain).url == plain


def test_redirects_are_read_by_the_same_rules() -> None:
    start = parse("https://example.org/a/b")
    assert follow(start, "../c").url == "https://example.org/c"
    for location in ("file:///etc/passwd", "//user@127.0.0.1/", "http://0x7f000001/", "http://[", "http://a\nb/"):
        with pytest.raises(AddressRefused):
            follow(start, location)


NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.8.8.8"),
    *("169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *(
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
    ),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8"),
    *("2002:7f00:1::", "2002:808:808::", "2001:0:53aa:64c:0:fbff:80ff:fffe", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::a00:1", "100::1", "5f00::1", "4000::1", "2001:10::1", "2001:20::1"),
    *("fe80::1%eth0", "2606:4700::1%1", "not an address", ""),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_address_behind_a_name_is_refused(address: str) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return [address]

    with pytest.raises(AddressRefused):
        await Gate(resolver=resolver).admit("page.example.org", 443)


@pytest.mark.parametrize("address", [one for one in NOT_PUBLIC if one and " " not in one and "%" not in one])
async def test_address_in_the_url_is_refused(address: str) -> None:
    target = parse(f"http://[{address}]/" if ":" in address else f"http://{address}/")
    with pytest.raises(AddressRefused):
        await Gate().admit(target.host, target.port)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"])
async def test_public_address_is_admitted(address: str) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return [address]

    assert await Gate(resolver=resolver).admit("page.example.org", 443) == (address,)
    assert await Gate(resolver=resolver).admit(address, 80) == (address,)


async def test_one_private_address_among_public_ones_refuses_all() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(AddressRefused):
        await Gate(resolver=resolver).admit("page.example.org", 443)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "localhost",
            "localhost.",
            "a.localhost",
            "metadata.google.internal",
            "metadata.google.internal.",
            "METADATA",
        ),
        *("metadata.goog", "instance-data", "printer.local", "db.internal", "router.lan", "redis", "nas.home.arpa"),
        *("ｍetadata.google.internal", "metadata。google。internal"),
    ],
)
async def test_local_name_is_refused_unresolved(name: str) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was resolved")

    with pytest.raises(AddressRefused):
        await Gate(resolver=resolver).admit(parse(f"http://{name}/").host, 80)


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 5432, 8000, 8080, 11211])
async def test_other_ports_are_refused(port: int) -> None:
    with pytest.raises(AddressRefused):
        await Gate().admit("8.8.8.8", port)


async def test_an_allowance_is_for_one_host_and_port() -> None:
    gate = Gate(also_allowed=frozenset({("127.0.0.1", 8080)}))
    assert await gate.admit("127.0.0.1", 8080) == ("127.0.0.1",)
    for host, port in (("127.0.0.1", 80), ("127.0.0.1", 8081), ("127.0.0.2", 8080), ("8.8.8.8", 8080)):
        with pytest.raises(AddressRefused):
            await gate.admit(host, port)


async def test_own_networks_allowed_does_not_open_metadata_servers() -> None:
    gate = Gate(None, private_allowed=True)
    assert await gate.admit("10.1.2.3", 8000) == ("10.1.2.3",)
    for host in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "metadata.google.internal"):
        with pytest.raises(AddressRefused):
            await gate.admit(host, 80)


async def test_unknown_name_is_unreachable() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(Unreachable, match=r"no host named nowhere\.example\.org"):
        await Gate(resolver=resolver).admit("nowhere.example.org", 443)
