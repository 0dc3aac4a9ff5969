"""Which addresses belong to the public internet. Written out, because Python's own answer differs between releases.

Sources: the registries of special-purpose addresses, https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, and the cloud providers' pages on their metadata servers.
"""

from __future__ import annotations

import ipaddress

_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's metadata and DNS, on an address that looks public
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),  # Teredo, 6to4, examples
    )
]
_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
"""The only block that is given out; IPv4 inside of IPv6 (mapped, compatible, NAT64) lies outside of it."""

_PRIVATE = [
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10"),
        *("::1/128", "fc00::/7"),
    )
]
"""What an operator may mean by "a server in our own network"."""

_METADATA = {
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
}

_METADATA_NAMES = {"metadata.google.internal", "metadata.goog", "metadata", "instance-data", "metadata.azure.internal"}
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".localdomain", ".intranet", ".lan", ".home.arpa", ".corp")


def is_public(text: str) -> bool:
    """Whether an address may be opened by anybody's wish."""
    address = _address(text)
    if address is None or not address.is_global or address.is_multicast:
        return False
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    return not any(address.version == network.version and address in network for network in _NOT_PUBLIC)


def is_private(text: str) -> bool:
    """Whether an address belongs to an own network, as operators may allow; metadata servers never do."""
    address = _address(text)
    if address is None or address in _METADATA:
        return False
    return any(address.version == network.version and address in network for network in _PRIVATE)


def is_metadata_name(host: str) -> bool:
    """Whether a host name is known for handing out a machine's credentials."""
    return host in _METADATA_NAMES or host.endswith((".metadata.google.internal", ".metadata.goog"))


def is_local_name(host: str) -> bool:
    """Whether a host name means something in an own network only."""
    return "." not in host or host.endswith(_LOCAL_SUFFIXES)


def is_address(host: str) -> bool:
    return _address(host) is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if isinstance(address, ipaddress.IPv6Address) and address.scope_id else address
