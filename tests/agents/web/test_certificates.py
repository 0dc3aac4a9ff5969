from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agents.web.errors import Unreachable
from agents.web.fetching import Fetcher
from tests.agents.web.sites import Site, answer, site

Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture
def contexts(tmp_path: Path) -> Callable[[str], Contexts]:
    """For a host name: what its server shows, and what a client that knows its authority trusts."""

    def made(host: str) -> Contexts:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = tmp_path / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pem)
        return server, ssl.create_default_context(cafile=str(pem))

    return made


def fetcher_for(one: Site, tls: ssl.SSLContext | None) -> Fetcher:
    async def resolver(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    return Fetcher(also_allowed=frozenset({one.here}), resolver=resolver, tls=tls)


async def test_certificate_is_checked_against_the_name_though_the_address_is_dialled(
    contexts: Callable[[str], Contexts],
) -> None:
    server, client = contexts("page.example.org")
    asked_for: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    async with site(answer("safe", "text/plain"), tls=server) as one:
        assert (await fetcher_for(one, client).fetch(one.url("/", "page.example.org"))).text == "safe"
    assert asked_for == ["page.example.org"]
    assert f"Host: page.example.org:{one.port}" in one.requests[0]


async def test_certificate_of_another_name_is_refused(contexts: Callable[[str], Contexts]) -> None:
    server, client = contexts("page.example.org")
    async with site(answer("x"), tls=server) as one:
        with pytest.raises(Unreachable, match="No connection"):
            await fetcher_for(one, client).fetch(one.url("/", "other.example.org"))
    assert one.requests == []


async def test_certificate_of_an_unknown_authority_is_refused(contexts: Callable[[str], Contexts]) -> None:
    server, _ = contexts("page.example.org")
    async with site(answer("x"), tls=server) as one:
        with pytest.raises(Unreachable, match="No connection"):
            await fetcher_for(one, None).fetch(one.url("/", "page.example.org"))
    assert one.requests == []
