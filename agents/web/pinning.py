"""An HTTP transport that connects to exactly the addresses that were judged, whatever DNS says a moment later."""

from __future__ import annotations

import ssl

import httpx2

from agents.web.gate import Gate
from agents.web.urls import DEFAULT_PORTS


class PinnedTransport(httpx2.AsyncHTTPTransport):
    """The URL's host becomes the address; Host, SNI and the certificate check keep the name.

    No proxy, no cookies, no redirects: those belong to clients. Connections are kept only if `keep`, which is for a
    transport that speaks to one host: kept ones are told apart by address alone.
    """

    def __init__(self, gate: Gate, *, tls: ssl.SSLContext, keep: bool = False) -> None:
        limits = httpx2.Limits(max_connections=20, max_keepalive_connections=5 if keep else 0)
        super().__init__(verify=tls, trust_env=False, limits=limits)
        self._gate = gate

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises FetchError when the host may not be opened, and httpx2's errors as ever."""
        host = request.url.raw_host.decode("ascii")
        addresses = await self._gate.admit(host, request.url.port or DEFAULT_PORTS[request.url.scheme])
        for address in addresses[:-1]:
            try:
                return await super().handle_async_request(_pinned(request, host, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue  # nothing has been sent yet
        return await super().handle_async_request(_pinned(request, host, addresses[-1]))


def _pinned(request: httpx2.Request, host: str, address: str) -> httpx2.Request:
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # holds Host already
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
