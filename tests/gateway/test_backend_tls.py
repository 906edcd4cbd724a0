"""How backends and the gateway know each other: names, authorities, client certificates.

nginx tells whom it saw; connections that differ in any of these are never shared.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.control.account import client_certificates
from gateway.integrations import tls_contexts
from gateway.integrations.endpoint import ANY_AUTHORITY, VERIFIED, Endpoint, Origin
from gateway.integrations.errors import UpstreamUnreachable
from gateway.integrations.exchange import exchange_whole
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from gateway.integrations.tls_contexts import TlsContexts
from kernel.outbound import AddressGuard
from tests.servers.nginx import SECURE_NAME


@pytest.fixture
def pool(secure_nginx, tmp_path) -> Iterator[UpstreamPool]:
    """A pool that trusts what nginx has."""
    trusting = ssl.create_default_context(cafile=str(tmp_path / f"{SECURE_NAME}.pem"))
    made = UpstreamPool(AddressGuard(), trusted=True, tls=trusting)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pair() -> client_certificates.Made:
    return client_certificates.make(datetime.now(UTC))


def ask(pool: UpstreamPool, origin: Origin) -> list[str]:
    """The name that nginx was called by, its connection, and the client's certificate."""
    request = UpstreamRequest(origin, "GET", "/", (), 5, "any")
    reply = exchange_whole(pool, request, b"", 1000)
    assert reply.status == 200, reply
    return b"".join(reply.body).decode().split(" ")


def test_connections_of_different_options_are_never_shared(secure_nginx, pool, pair):
    url = secure_nginx("ssl_verify_client optional_no_ca;")
    pool.tls.certificates = {"a/b/c": pair}.get
    plain = Endpoint.compile(url, {}).origin
    variants = [
        plain,
        plain._replace(server_name=SECURE_NAME),
        plain._replace(verification=ANY_AUTHORITY),
        plain._replace(certificate="a/b/c", verification=ANY_AUTHORITY),
    ]
    seen = [ask(pool, origin) for origin in variants]
    assert [name for name, _, _ in seen] == ["", SECURE_NAME, "", ""]
    assert len({connection for _, connection, _ in seen}) == len(variants)
    assert [bool(fingerprint) for _, _, fingerprint in seen] == [False, False, False, True]
    assert [ask(pool, origin) for origin in variants] == seen, "each has a kept one of its own"


def test_a_certificate_that_does_not_exist_is_no_reason_to_go_without(secure_nginx, pool):
    origin = Endpoint.compile(secure_nginx(), {}).origin
    for verification in (VERIFIED, ANY_AUTHORITY):
        with pytest.raises(UpstreamUnreachable, match="client certificate"):
            ask(pool, origin._replace(verification=verification, certificate="a/b/gone"))


def test_contexts_are_made_once_and_are_bounded_in_number(pair, monkeypatch):
    monkeypatch.setattr(tls_contexts, "MOST_CONTEXTS", 4)
    asked: list[str] = []

    def find(key: str) -> client_certificates.Made:
        asked.append(key)
        return pair

    contexts = TlsContexts()
    contexts.certificates = find
    plain = Endpoint.compile("https://a.example", {}).origin
    of_one = contexts.of(plain._replace(certificate="1"))
    assert contexts.of(plain._replace(certificate="1")) is of_one
    assert contexts.of(plain._replace(certificate="1", verification=ANY_AUTHORITY)) is not of_one
    assert contexts.of(plain) is contexts.of(plain._replace(server_name="b.example"))
    assert asked == ["1", "1"]
    for number in range(6):
        contexts.of(plain._replace(certificate=f"more {number}"))
        assert len(contexts._identified) <= 4
