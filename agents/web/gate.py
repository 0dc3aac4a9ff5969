"""Where requests may go: hosts resolved by us, every one of their addresses judged, before anything is opened."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agents.web.addresses import is_address, is_local_name, is_metadata_name, is_private, is_public
from agents.web.errors import AddressRefused, Unreachable

RESOLVE_SECONDS = 5.0
ADDRESSES = 4
"""As many are tried, one after the other."""

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name and port → its addresses. Raises OSError when there is no such host."""

NOT_PUBLIC = "That host is not on the public internet, so it is not opened."


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Gate:
    """One set of rules. `also_allowed` holds pairs of a host (a name, or an address however it was named) and a port."""

    ports: frozenset[int] | None = frozenset({80, 443})
    """None: any."""
    also_allowed: frozenset[tuple[str, int]] = frozenset()
    private_allowed: bool = False
    """Whether addresses of own networks may be opened, too; never those of metadata servers."""
    resolver: Resolver = resolve

    async def admit(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses to connect to, all of them judged. The caller connects to these and resolves nothing anew.

        Raises AddressRefused if a single one is not allowed, Unreachable when there is none.
        """
        self._judge_name(host, port)
        addresses = [host] if is_address(host) else await self._resolved(host, port)
        if not all(self._allowed(host, address, port) for address in addresses):
            raise AddressRefused(NOT_PUBLIC)
        return tuple(addresses[:ADDRESSES])

    def _judge_name(self, host: str, port: int) -> None:
        if (host, port) in self.also_allowed:
            return
        if is_metadata_name(host) or (is_local_name(host) and not is_address(host) and not self.private_allowed):
            raise AddressRefused(NOT_PUBLIC)
        if not self._usual(port) and port not in {allowed for _, allowed in self.also_allowed}:
            raise AddressRefused(f"Port {port} is not opened; only the usual ones of web servers are.")

    def _usual(self, port: int) -> bool:
        return self.ports is None or port in self.ports

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                addresses = await self.resolver(host, port)
        except TimeoutError:
            raise Unreachable(f"The name {host} could not be resolved in time.") from None
        except (OSError, UnicodeError):
            raise Unreachable(f"There is no host named {host}.") from None
        if not addresses:
            raise Unreachable(f"There is no host named {host}.")
        return addresses

    def _allowed(self, host: str, address: str, port: int) -> bool:
        if not {(host, port), (address, port)}.isdisjoint(self.also_allowed):
            return True
        if not self._usual(port):
            return False
        return is_public(address) or (self.private_allowed and is_private(address))
