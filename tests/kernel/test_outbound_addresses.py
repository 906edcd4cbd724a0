"""Which addresses outbound requests may reach."""

from __future__ import annotations

import ipaddress

import pytest

from kernel import settings
from kernel.outbound import AddressGuard, OutboundFailed, OutboundRefused, allowed_networks
from kernel.outbound.addresses import refusal
from kernel.outbound.guard import EVERYWHERE


def judge(address: str, *allow: str) -> str | None:
    return refusal(ipaddress.ip_address(address), [ipaddress.ip_network(block) for block in allow])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert judge(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "fd00::1",
        "fec0::1",
        "4000::1",
        "64:ff9b:1::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_special_addresses_are_refused_in_every_spelling(address: str) -> None:
    assert judge(address) == "is not public and not in upstream_allow"


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "0.1.2.3",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "::",
        "fe80::1",
        "fe80::1%1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "::ffff:0.0.0.0",
    ],
)
def test_metadata_and_unspecified_addresses_are_refused_even_to_the_operator(address: str) -> None:
    everywhere = [str(network) for network in EVERYWHERE]
    assert judge(address, *everywhere) == "is never permitted"


def test_a_private_network_is_permitted_where_the_operator_allows_it() -> None:
    assert judge("10.1.2.3", "10.0.0.0/8") is None
    assert judge("::ffff:10.1.2.3", "10.0.0.0/8") is None
    assert judge("fd00::1", "fd00::/64") is None
    assert judge("192.168.1.1", "10.0.0.0/8", "fd00::/64") is not None


def test_dev_and_demo_add_loopback_and_nothing_else() -> None:
    assert allowed_networks(settings.parse({})) == ()
    for mode in ("dev", "demo"):
        guard = AddressGuard(allowed_networks(settings.parse({mode: True})))
        assert guard.pin("localhost", 80)
        with pytest.raises(OutboundRefused):
            guard.pin("10.0.0.1", 80)


@pytest.mark.parametrize("spelling", ["127.1", "0x7f.1", "2130706433", "017700000001"])
def test_obscure_spellings_of_loopback_are_judged_by_what_they_resolve_to(spelling: str) -> None:
    with pytest.raises(OutboundRefused, match=r"127\.0\.0\.1 is not public"):
        AddressGuard().pin(spelling, 80)


def test_pin_gives_the_permitted_addresses_alone() -> None:
    allow = [ipaddress.ip_network("127.0.0.0/8")]
    addresses = [sockaddr[0] for _, sockaddr in AddressGuard(allow).pin("localhost", 8150)]
    assert addresses == ["127.0.0.1"]


def test_a_trusted_host_may_be_private_but_not_a_metadata_service() -> None:
    assert AddressGuard().pin("127.0.0.1", 80, trusted=True)
    with pytest.raises(OutboundRefused):
        AddressGuard().pin("169.254.169.254", 80, trusted=True)


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 300, "x..y", "\ud800.example"])
def test_a_name_that_does_not_resolve_fails_without_a_crash(name: str) -> None:
    with pytest.raises(OutboundFailed):
        AddressGuard().pin(name, 80)
