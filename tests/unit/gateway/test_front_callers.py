"""Who asks, as far as trusted proxies say so."""

import pytest

from services.gateway.front.callers import LOCAL, Proxies, network_of
from shared.errors import SettingsError

PROXIES = Proxies(["10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.7"])


@pytest.mark.parametrize(
    ("peer", "lines", "caller"),
    [
        ("198.51.100.1", [], "198.51.100.1"),
        # Somebody else's word counts for nothing.
        ("198.51.100.1", [b"203.0.113.9"], "198.51.100.1"),
        ("10.0.0.1", [b"203.0.113.9"], "203.0.113.9"),
        # What the caller wrote itself stands left of what our proxy wrote.
        ("10.0.0.1", [b"1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", [b"1.1.1.1", b"203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("192.0.2.7", [b"203.0.113.9,10.1.2.3 , 10.0.0.9"], "203.0.113.9"),
        # All of them are ours: the first is as far as it goes.
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b"unknown"], "10.0.0.1"),
        ("10.0.0.1", [b"203.0.113.9, _hidden, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [b"203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", [b"[2001:db8::1]:4711"], "2001:db8::/64"),
        ("10.0.0.1", [b"2001:db8::1"], "2001:db8::/64"),
        ("::ffff:10.0.0.1", [b"203.0.113.9"], "203.0.113.9"),
        ("2001:db8:ffff::5", [b"203.0.113.9"], "203.0.113.9"),
        (None, [b"203.0.113.9"], "203.0.113.9"),
        (None, [], LOCAL),
    ],
)
def test_the_caller_is_the_first_address_from_the_right_that_is_not_ours(
    peer: str | None, lines: list[bytes], caller: str
) -> None:
    assert PROXIES.caller_of(peer, lines) == caller


def test_without_trusted_proxies_the_peer_is_the_caller() -> None:
    nobody = Proxies([])
    assert nobody.caller_of("10.0.0.1", [b"203.0.113.9"]) == "10.0.0.1"
    assert nobody.caller_of(None, [b"203.0.113.9"]) == LOCAL


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
    ],
)
def test_ipv6_callers_are_told_apart_by_network(address: str, name: str) -> None:
    assert network_of(address) == name


@pytest.mark.parametrize("text", ["10.0.0.0/33", "proxy.example", "10.0.0.0/8 192.0.2.1"])
def test_a_network_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="BUTACA_GATEWAY_TRUSTED_PROXIES"):
        Proxies([text])
