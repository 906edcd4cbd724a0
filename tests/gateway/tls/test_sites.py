"""What is served while something is away: never more than by the domain's own rules."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy.exc import OperationalError

from gateway.acme.renewer import Due
from gateway.snapshot import DomainTls, Snapshot, SnapshotHolder
from gateway.snapshot.tls import OPERATORS, UPLOADED
from gateway.tls.sites import AGAIN_SECONDS, DomainSites
from kernel.sealing import Unsealable
from kernel.tls.folder import CertificateFolder
from kernel.tls.pairs import Pair
from tests.servers.authority import Authority

AUTHORITY = Authority()
NAME = "api.example.com"
MINE = "000000000000"
Away = OperationalError("", {}, Exception())


def pair(host: str = NAME) -> Pair:
    made = AUTHORITY.server(host)
    return Pair(made.chain, made.private_key.encode())


@dataclass
class Store:
    """What the database holds, or why it does not answer."""

    has: Pair | Exception = field(default_factory=pair)
    vouches: str | Exception | None = AUTHORITY.certificate

    def pair(self, _site: str, _domain: DomainTls) -> Pair:
        if isinstance(self.has, Exception):
            raise self.has
        return self.has

    def authorities(self, _site: str, _digest: str) -> str | None:
        if isinstance(self.vouches, Exception):
            raise self.vouches
        return self.vouches


@dataclass
class World:
    store: Store
    sites: DomainSites
    time: list[float]

    def serve(self, **members: Any) -> None:
        tls = DomainTls(UPLOADED, members.pop("certificate", "1"), **members)
        self.sites.holder.swap(Snapshot(domains={NAME: ()}, tls={NAME: tls}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    time = [0.0]
    now: Callable[[], float] = lambda: time[0]  # noqa: E731
    store: Any = Store()
    sites = DomainSites(
        SnapshotHolder(), CertificateFolder(tmp_path), store, pair("localhost"), now
    )
    made = World(store, sites, time)
    made.serve()
    return made


def test_the_same_is_kept_until_something_changes(world: World) -> None:
    first = world.sites.find(NAME)
    assert world.sites.find(NAME) is first

    world.serve(certificate="2")

    assert world.sites.find(NAME) is not first


@pytest.mark.parametrize("why", [Away, Unsealable("no key")])
def test_what_cannot_be_had_leaves_the_one_before_and_is_asked_for_again(
    world: World, why: Exception
) -> None:
    first = world.sites.find(NAME)
    assert first is not None
    world.serve(certificate="2")
    world.store.has = why

    kept = world.sites.find(NAME)
    assert kept is not None
    assert kept.context is first.context

    world.store.has = pair()
    assert world.sites.find(NAME) is kept
    world.time[0] += AGAIN_SECONDS
    found = world.sites.find(NAME)
    assert found is not None
    assert found.context is not first.context


def test_one_before_by_other_rules_is_not_gone_on_with(world: World) -> None:
    first = world.sites.find(NAME)
    assert first is not None
    world.store.has = Away

    world.serve(trust_store="digest")
    mutual = world.sites.find(NAME)
    world.serve(trust_store="digest", security_policy="SecurityPolicy_TLS13_1_3_2025_09")
    strict = world.sites.find(NAME)

    assert mutual is not None
    assert strict is not None
    assert mutual.context.verify_mode is ssl.CERT_REQUIRED
    assert strict.context.verify_mode is ssl.CERT_REQUIRED
    assert strict.context.minimum_version is ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize("vouches", [None, Away])
def test_without_its_trust_store_a_domain_lets_in_nobody(
    world: World, vouches: Exception | None
) -> None:
    assert world.sites.find(NAME)
    world.store.vouches = vouches
    world.serve(trust_store="digest")

    with pytest.raises(ConnectionError):
        world.sites.find(NAME)


def test_names_under_a_wildcard_share_what_serves_them(world: World, tmp_path: Path) -> None:
    AUTHORITY.server("*.example.net").write(tmp_path, "_.example.net")

    found = {id(world.sites.find(f"host{number}.example.net")) for number in range(50)}

    assert len(found) == 1


def certificate_of(context: ssl.SSLContext) -> x509.Certificate:
    """What a client is shown, without a network."""
    shown, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    client = asking.wrap_bio(shown, sent, server_hostname=NAME)
    server = context.wrap_bio(sent, shown, server_side=True)
    for side in (client, server, client):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    found = client.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found)


@pytest.mark.parametrize("source", ["", OPERATORS])
@pytest.mark.parametrize(("account", "serves"), [(MINE, True), ("111111111111", False)])
def test_the_operators_pairs_are_not_for_domains_of_other_accounts(
    world: World, tmp_path: Path, source: str, account: str, serves: bool
) -> None:
    """Of a domain that names none, or of one that named a pair before that was refused."""
    AUTHORITY.server("*.example.com").write(tmp_path, "_.example.com")
    sites = replace(world.sites, folder=CertificateFolder(tmp_path, MINE))
    tls = DomainTls(source, "_.example.com" if source else "", account=account)
    sites.holder.swap(Snapshot(domains={NAME: ()}, tls={NAME: tls}))

    found = sites.find(NAME)

    theirs = certificate_of(found.context) if found else None
    wildcard = sites.folder.read("_.example.com")[1]
    assert (theirs == wildcard) is serves
    is_due = Due(sites.holder, sites.folder).names(0.0) == [NAME]
    assert is_due is (not serves and not source), "ACME's has to come where no pair is"


@pytest.mark.parametrize("name", ["", "../own", "a/b", "*", "." * 10, "x" * 300, "."])
def test_no_server_name_leads_out_of_the_folder(world: World, tmp_path: Path, name: str) -> None:
    AUTHORITY.server("own").write(tmp_path.parent, "own")

    assert world.sites.find(name) is None
