"""TLS at the server: what is negotiated, what is refused, and how certificates are replaced."""

from __future__ import annotations

import signal
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.poolgate.certificates import write_pair
from tests.poolgate.conftest import Toy
from tests.waiting import wait_until

StartToy = Callable[..., Toy]


def common_name(port: int) -> str:
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def negotiate(port: int, most: ssl.TLSVersion) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = most
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain) as secured,
    ):
        return secured.version()


def test_https_is_served_with_tls_1_2_and_newer(start_toy: StartToy, tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path)
    toy = start_toy("--tls-cert", str(certificate), "--tls-key", str(key))
    assert toy.get("/echo")["scheme"] == "https"
    assert f'"Listening at: https://127.0.0.1:{toy.port}"' in toy.log
    assert (toy.instance / "run" / "origin").read_text() == f"https://localhost:{toy.port}\n"
    assert negotiate(toy.port, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert negotiate(toy.port, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.warns(DeprecationWarning, match="TLSv1_1"), pytest.raises(ssl.SSLError):
        negotiate(toy.port, ssl.TLSVersion.TLSv1_1)


def test_sighup_takes_a_new_certificate(start_toy: StartToy, tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path, "before")
    toy = start_toy("--tls-cert", str(certificate), "--tls-key", str(key))
    assert common_name(toy.port) == "before"
    for old, new in zip((certificate, key), write_pair(tmp_path, "after"), strict=True):
        new.replace(old)
    toy.signal(signal.SIGHUP)
    wait_until(lambda: common_name(toy.port) == "after")


def test_a_bad_certificate_on_reload_leaves_the_old_one(
    start_toy: StartToy, tmp_path: Path
) -> None:
    certificate, key = write_pair(tmp_path, "before")
    toy = start_toy("--tls-cert", str(certificate), "--tls-key", str(key))
    certificate.write_text("nonsense")
    toy.signal(signal.SIGHUP)
    wait_until(lambda: "settings were not reloaded" in toy.log)
    assert common_name(toy.port) == "before"


def test_a_drained_tls_connection_ends(start_toy: StartToy, tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path)
    toy = start_toy("--tls-cert", str(certificate), "--tls-key", str(key))
    context = ssl._create_unverified_context()  # noqa: S323
    with toy.connect() as plain, context.wrap_socket(plain) as secured:
        secured.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert secured.recv(1000).startswith(b"HTTP/1.1 200")
        start = time.monotonic()
        assert toy.stop() == 0
        assert time.monotonic() - start < 4


def test_garbage_and_silence_instead_of_a_handshake_are_dropped_quietly(
    start_toy: StartToy, tmp_path: Path
) -> None:
    certificate, key = write_pair(tmp_path)
    toy = start_toy("--tls-cert", str(certificate), "--tls-key", str(key), TOY_TIME_OUT="0.5")
    assert b"HTTP/1.1 200" not in toy.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    start = time.monotonic()
    toy.raw(b"")
    assert time.monotonic() - start < 3
    assert "Traceback" not in toy.log
