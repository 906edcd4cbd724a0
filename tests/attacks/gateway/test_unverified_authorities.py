"""Somebody between the gateway and a backend whose authority is not looked at."""

from __future__ import annotations

import datetime
import ssl
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from gateway.integrations.any_issuer import is_of
from gateway.integrations.connection import Patience
from gateway.integrations.endpoint import ANY_AUTHORITY, VERIFIED, Endpoint
from gateway.integrations.errors import UpstreamUnreachable
from gateway.integrations.pool import UpstreamPool
from kernel.outbound import AddressGuard
from tests.servers.echo import Echo

DAY = datetime.timedelta(days=1)


def _certificate(folder: Path, name: str, begins: int, ends: int) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([]), datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + begins * DAY)
        .not_valid_after(now + ends * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "backend.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def backend(tmp_path):
    started = []

    def start(name: str = "inner.example", begins: int = -1, ends: int = 1) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(tmp_path, name, begins, ends))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        started.append(server)
        return f"https://127.0.0.1:{server.server_port}"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def _take(url: str, verification: str) -> None:
    pool = UpstreamPool(AddressGuard(), trusted=True)
    origin = Endpoint.compile(url, {}, "inner.example").origin._replace(verification=verification)
    pool.drop(origin, pool.take(origin, Patience(5)))


def test_a_private_authority_is_taken_only_where_that_was_asked_for_and_it_is_logged(backend):
    url = backend()
    with pytest.raises(UpstreamUnreachable, match="TLS"):
        _take(url, VERIFIED)
    with capture_logs() as lines:
        _take(url, ANY_AUTHORITY)
    assert [line["event"] for line in lines] == ["upstream_authority_not_verified"]


@pytest.mark.parametrize(
    "certificate",
    [
        {"name": "other.example"},
        {"name": "*.example"},
        {"begins": -2, "ends": -1},
        {"begins": 1, "ends": 2},
    ],
)
def test_name_and_dates_are_looked_at_all_the_same(backend, certificate):
    url = backend(**certificate)
    with pytest.raises(UpstreamUnreachable, match="certificate"):
        _take(url, ANY_AUTHORITY)


@pytest.mark.parametrize(
    ("name", "wanted", "fits"),
    [
        ("a.example.com", "A.example.com.", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.com", "example.com", False),
        ("*", "example", False),
        ("a*.example.com", "ab.example.com", False),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_wildcards_stand_for_one_label(name, wanted, fits):
    assert is_of(x509.SubjectAlternativeName([x509.DNSName(name)]), wanted) is fits
