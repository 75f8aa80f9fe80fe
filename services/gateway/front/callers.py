"""Whose request it is where no key says so: the address, seen through trusted proxies."""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from shared.errors import SettingsError

# A caller has a whole network of IPv6 addresses: they are told apart by it.
_IPV6_NETWORK: Final = 64
# No address is longer; what is, is not remembered.
_LONGEST: Final = 64
# The peer of a Unix socket, which only this machine can open.
LOCAL: Final = "local"
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies whose word on whom they ask for is believed."""

    def __init__(self, trusted: Sequence[str]) -> None:
        """Trust these networks, such as `10.0.0.0/8`.

        Raises:
            SettingsError: one is no network.
        """
        try:
            self._trusted = [ipaddress.ip_network(each, strict=False) for each in trusted]
        except ValueError:
            raise SettingsError(
                "bad setting BUTACA_GATEWAY_TRUSTED_PROXIES: "
                "give addresses or networks such as 10.0.0.0/8, with commas"
            ) from None

    def caller_of(self, peer: str | None, forwarded: Iterable[bytes]) -> str:
        """Return the caller's address; `forwarded` are the lines of X-Forwarded-For.

        They are read from the right, as far as trusted proxies wrote them: what stands left of
        the first address that is not trusted may be anybody's invention.
        """
        caller = peer or LOCAL
        if self._trusted and self._is_trusted(caller):
            hops = b",".join(forwarded).decode("latin-1").split(",")
            for hop in reversed(hops):
                address = _without_port(hop.strip()[:_LONGEST])
                if _parse(address) is None:
                    break
                caller = address
                if not self._is_trusted(caller):
                    break
        return network_of(caller)

    def _is_trusted(self, text: str) -> bool:
        address = _parse(text)
        if address is None:
            return text == LOCAL
        return any(address in network for network in self._trusted)


def network_of(text: str) -> str:
    """Return an IPv4 address as it is, and the /64 that an IPv6 address lies in."""
    address = _parse(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK), strict=False))
    return text if address is None else str(address)


@lru_cache(4096)
def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; one of IPv4 in the clothes of IPv6 is one of IPv4."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, _ = hop.partition(":")
    return host if colon and "." in host else hop
