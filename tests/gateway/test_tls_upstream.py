"""Upstreams over TLS are verified."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.blueprint import Upstream
from gateway.integrations.any_issuer import Untrusted, check
from gateway.integrations.connection import Patience
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.errors import UpstreamUnavailable
from gateway.integrations.exchange import exchange_whole
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from kernel.outbound import AddressGuard
from tests.servers.echo import Echo


def _certificate(folder: Path, *names: x509.GeneralName) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "upstream")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "upstream.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Secure:
    def __init__(self, folder: Path) -> None:
        names = x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("inner.example")
        pem = _certificate(folder, *names)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.trusting = ssl.create_default_context(cafile=str(pem))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    served = Secure(tmp_path)
    yield served
    served.server.shutdown()
    served.thread.join()
    served.server.server_close()


def test_a_verified_upstream_is_reached_and_its_connection_kept(gateway, secure):
    target = Upstream(f"https://127.0.0.1:{secure.port}/", public=True)
    server = gateway({"$default": target}, tls=secure.trusting)

    for _ in range(3):
        answer = server.request("POST", "/x", body=b"y" * 100_000)
        assert answer.json["path"] == "/x"


def test_an_upstream_that_nobody_vouches_for_is_not_reached(gateway, secure):
    server = gateway({"$default": Upstream(f"https://127.0.0.1:{secure.port}/", public=True)})

    assert server.get("/").status == 503


def test_a_certificate_for_another_name_is_refused(gateway, secure):
    target = Upstream(f"https://localhost:{secure.port}/", public=True)
    server = gateway({"$default": target}, tls=secure.trusting)

    assert server.get("/").status == 503


@pytest.mark.parametrize(
    ("name", "is_reached"), [("inner.example", True), ("other.example", False)]
)
def test_the_integration_may_name_whom_it_expects(secure, name, is_reached):
    origin = Endpoint.compile(f"https://127.0.0.1:{secure.port}/", {}, name).origin
    pool = UpstreamPool(AddressGuard(), trusted=True, tls=secure.trusting)

    if is_reached:
        pool.drop(origin, pool.take(origin, Patience(5)))
    else:
        with pytest.raises(UpstreamUnavailable, match="TLS"):
            pool.take(origin, Patience(5))


def _get(uri: str, *, any_issuer: bool) -> int:
    pool = UpstreamPool(AddressGuard(), trusted=True)
    endpoint = Endpoint.compile(uri, {}, any_issuer=any_issuer)
    request = UpstreamRequest(endpoint.origin, "GET", "/", (), 5, endpoint.authority)
    try:
        return exchange_whole(pool, request, b"", 100_000).status
    finally:
        pool.close()


def test_a_certificate_of_any_issuer_is_taken_only_where_that_is_asked_for(secure):
    uri = f"https://127.0.0.1:{secure.port}"

    assert _get(uri, any_issuer=True) == 200
    with pytest.raises(UpstreamUnavailable):
        _get(uri, any_issuer=False)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("127.0.0.1", True),
        ("INNER.example", True),
        ("a.wild.example", True),
        ("127.0.0.2", False),
        ("other.example", False),
        ("wild.example", False),
        ("a.b.wild.example", False),
    ],
)
def test_a_certificate_of_any_issuer_must_name_the_server(tmp_path, name, taken):
    names = [
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.DNSName("inner.example"),
        x509.DNSName("*.wild.example"),
    ]
    pem = _certificate(tmp_path, *names).read_bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    now = datetime.datetime.now(datetime.UTC)

    assert _is_taken(der, name, now) == taken
    assert not _is_taken(der, name, now + datetime.timedelta(days=2))
    assert not _is_taken(der, name, now - datetime.timedelta(days=2))
    assert not _is_taken(None, name, now)


def _is_taken(der: bytes | None, name: str, now: datetime.datetime) -> bool:
    try:
        check(der, name, now)
    except Untrusted:
        return False
    return True
