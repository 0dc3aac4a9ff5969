"""URLs that a model or a stranger wrote, taken apart strictly: what two parsers could read in two ways is refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

from agents.web.errors import AddressRefused

URL_CHARS = 2_000
DEFAULT_PORTS = {"http": 80, "https": 443}

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\\]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# The rule by which browsers take a host for an IPv4 address: https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PLAIN = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is lower-case ASCII without brackets and final dot; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse(url: str) -> Target:
    """Take a URL apart; its fragment is dropped. Raises AddressRefused for whatever is not a plain web address."""
    url = url.strip()
    if not url or len(url) > URL_CHARS:
        raise AddressRefused(f"A URL has between 1 and {URL_CHARS} characters.")
    if _UNSAFE.search(url):
        raise AddressRefused("The URL has characters that do not belong in one.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("The URL is not well formed.") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressRefused("Only http and https URLs can be opened.")
    if "@" in parts.netloc:
        raise AddressRefused("URLs with a user name or password in them are not opened.")
    if not parts.hostname or port == 0:
        raise AddressRefused("The URL names no host.")
    host = _address(parts.hostname) if parts.netloc.startswith("[") else _name(parts.hostname)
    return Target(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], _path(parts.path, parts.query))


def follow(current: Target, location: str) -> Target:
    """The target of a redirect, under the same rules."""
    try:
        return parse(urljoin(current.url, location))
    except ValueError:
        raise AddressRefused("The page redirects to a URL that is not well formed.") from None


def _address(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        raise AddressRefused("The URL's host is not a valid IPv6 address.") from None
    if address.scope_id:
        raise AddressRefused("Addresses of one network interface are not opened.")
    return str(address)


def _name(host: str) -> str:
    """A host name or IPv4 address in its one plain form; look-alikes are mapped first and judged then."""
    try:
        ascii_name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise AddressRefused("The URL's host is not a valid name.") from None
    name = ascii_name.removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("The URL's host is not a valid name.")
    return name


def _ipv4(name: str) -> str:
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise AddressRefused("The URL's host is an IP address in an unusual notation.") from None


def _path(path: str, query: str) -> str:
    quoted = quote(path or "/", safe=_PLAIN)
    return f"{quoted}?{quote(query, safe=_PLAIN + '?[]')}" if query else quoted
