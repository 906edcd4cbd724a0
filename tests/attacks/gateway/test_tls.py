"""Against the listener: strangers, borders of mutual TLS, slow and broken handshakes."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.snapshot import DomainTls, Snapshot
from gateway.tls.border import refusal
from kernel.tls import client_hello
from kernel.tls.connection import ClientCertificate, Connection
from tests.poolgate.conftest import receive
from tests.servers.authority import Authority, Certificate
from tests.servers.tls_poolgate import (
    TlsPoolgate,
    ask,
    client_context,
    connect,
    domain,
    exchange,
    mock_api,
)

MUTUAL = "mutual.example.com"
OTHER = "partners.example.com"
OPEN = "open.example.com"
CLIENTS = Authority("Clients")
PARTNERS = Authority("Partners")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsPoolgate]:
    """Two domains with mutual TLS, by different authorities, and one without."""
    made = TlsPoolgate(tmp_path_factory.mktemp("tls") / "instance")
    made.start()
    rest = made.client("apigateway")
    api_id = mock_api(rest)
    domain(rest, MUTUAL, api_id, made.trust("clients.pem", CLIENTS))
    domain(rest, OTHER, api_id, made.trust("partners.pem", PARTNERS))
    domain(rest, OPEN, api_id)
    yield made
    made.stop()


@pytest.fixture
def good(tmp_path: Path) -> ssl.SSLContext:
    return client_context(CLIENTS.client(), tmp_path)


def is_closed(server: TlsPoolgate, name: str, context: ssl.SSLContext, **more: Any) -> bool:
    """By an alert, a reset or an end, as TLS has it."""
    try:
        ask(server.port, name, "/", context, **more)
    except OSError:
        return True
    return False


def strangers() -> dict[str, Certificate | None]:
    return {
        "none": None,
        "another authority": PARTNERS.client(),
        "an authority of the same name": Authority("Clients").client(),
        "expired": CLIENTS.client(days=-1),
        "for servers only": CLIENTS.server("client.example.com"),
    }


@pytest.mark.parametrize("who", strangers())
@pytest.mark.parametrize("most", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_nobody_else_comes_in(
    server: TlsPoolgate, tmp_path: Path, who: str, most: ssl.TLSVersion
) -> None:
    context = client_context(strangers()[who], tmp_path, most=most)

    assert is_closed(server, MUTUAL, context)


def test_a_certificate_without_its_key_proves_nothing(server: TlsPoolgate, tmp_path: Path) -> None:
    stolen = Certificate(CLIENTS.client().chain, CLIENTS.client().private_key)
    with pytest.raises(ssl.SSLError):
        client_context(stolen, tmp_path)


@pytest.mark.parametrize("name", [OPEN, "localhost", "unknown.example.org", None])
def test_no_other_name_is_a_way_into_mutual_tls(server: TlsPoolgate, name: str | None) -> None:
    for host in (MUTUAL, MUTUAL.upper(), f"{MUTUAL}.", f"{MUTUAL}:443", f"{MUTUAL}.:{server.port}"):
        answer = ask(server.port, name, "/", host=host)

        assert answer.status == 421
        assert "served" not in answer.body


@pytest.mark.parametrize("host", [OTHER, OPEN, "localhost", "unknown.example.org"])
def test_a_client_of_one_domain_stays_there(
    server: TlsPoolgate, good: ssl.SSLContext, host: str
) -> None:
    assert ask(server.port, MUTUAL, "/", good).status == 200
    for path in ("/", "/health", "/.well-known/openid-configuration"):
        assert ask(server.port, MUTUAL, path, good, host=host).status == 421


def test_a_misdirected_request_ends_its_connection(
    server: TlsPoolgate, good: ssl.SSLContext
) -> None:
    with connect(server.port, MUTUAL, good) as secured:
        assert exchange(secured, OPEN, "/").status == 421
        assert secured.recv(1) == b""


def test_an_absolute_target_names_no_other_host(server: TlsPoolgate) -> None:
    with connect(server.port, OPEN) as secured:
        answer = exchange(secured, OPEN, f"https://{MUTUAL}/")

    assert answer.status in (400, 421)


def test_a_session_of_another_name_is_not_taken_up(
    server: TlsPoolgate, good: ssl.SSLContext
) -> None:
    context = client_context(most=ssl.TLSVersion.TLSv1_2)
    with connect(server.port, OPEN, context) as secured:
        assert exchange(secured, OPEN, "/").status == 200
        session = secured.session

    assert is_closed(server, MUTUAL, context, session=session)


def test_taking_a_trust_store_away_ends_what_it_let_in(server: TlsPoolgate, tmp_path: Path) -> None:
    rest = server.client("apigateway")
    api_id = rest.get_rest_apis()["items"][0]["id"]
    name = "changing.example.com"
    domain(rest, name, api_id, server.trust("changing.pem", CLIENTS))
    context = client_context(CLIENTS.client(), tmp_path)
    with connect(server.port, name, context) as secured:
        assert exchange(secured, name, "/").status == 200
        patch = {
            "op": "replace",
            "path": "/mutualTlsAuthentication/truststoreUri",
            "value": server.trust("changed.pem", PARTNERS),
        }
        rest.update_domain_name(domainName=name, patchOperations=[patch])

        assert exchange(secured, name, "/").status == 421
    assert is_closed(server, name, context)


def test_old_tls_is_refused_by_every_name(server: TlsPoolgate) -> None:
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context = client_context(least=ssl.TLSVersion.TLSv1, most=ssl.TLSVersion.TLSv1_1)
    context.set_ciphers("ALL:@SECLEVEL=0")
    for name in (MUTUAL, OPEN, "localhost"):
        with pytest.raises(ssl.SSLError):
            ask(server.port, name, "/", context)


def first_message(name: str) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context().wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_slow_and_silent_handshakes_hold_up_nobody(server: TlsPoolgate) -> None:
    hello = first_message(MUTUAL)
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            for _ in range(200)
        ]
        for number, each in enumerate(slow):
            each.sendall(hello[: number % len(hello)])
        started = time.monotonic()
        for _ in range(5):
            assert ask(server.port, OPEN, "/").status == 200
        assert time.monotonic() - started < 8


def test_waiting_handshakes_cost_no_cpu(server: TlsPoolgate) -> None:
    hello = first_message(MUTUAL)
    (worker,) = server.worker_pids()
    with ExitStack() as stack:
        for cut in range(1, 101):
            each = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            each.sendall(hello[:cut])
        time.sleep(0.3)
        before = cpu_seconds(worker)
        time.sleep(1)
        assert cpu_seconds(worker) - before < 0.3


def test_a_first_message_in_single_bytes_is_understood(server: TlsPoolgate) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in first_message(MUTUAL):
            plain.sendall(bytes([byte]))
        assert plain.recv(1) == b"\x16"


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    hello = client_hello.read(data)
    assert hello.needed == 0 or hello.needed > len(data)
    client_hello.read(b"\x16\x03\x01\x01\x00\x01\x00\x00\xfc" + data)


@given(st.integers(0, 600), st.integers(0, 255))
def test_no_change_of_a_first_message_names_what_is_no_host(at: int, byte: int) -> None:
    message = bytearray(first_message(MUTUAL))
    message[at % len(message)] = byte
    name = client_hello.read(bytes(message)).server_name
    assert name == "" or name.replace("-", "").replace(".", "").replace("_", "").isalnum()


def test_a_first_message_in_many_records_is_given_up() -> None:
    body = first_message(MUTUAL)[5:]
    shredded = b"".join(b"\x16\x03\x01\x00\x01" + bytes([each]) for each in body)
    assert client_hello.read(shredded) == client_hello.NOTHING
    halves = (body[:100], body[100:])
    records = (b"\x16\x03\x01" + len(half).to_bytes(2, "big") + half for half in halves)
    assert client_hello.read(b"".join(records)).server_name == MUTUAL


class TestBorder:
    """What no socket can bring about."""

    SNAPSHOT = Snapshot(
        domains={MUTUAL: (), OPEN: ()},
        tls={MUTUAL: DomainTls(trust_store="digest"), OPEN: DomainTls()},
    )
    CERTIFICATE = ClientCertificate("", "", "", "", "", "", expires=1000.0)

    def status(self, host: str, connection: Connection | None, now: float = 0.0) -> int:
        reply = refusal(self.SNAPSHOT, host, connection, now)
        return reply.status if reply else 200

    def test_without_tls_nobody_comes_in(self) -> None:
        assert self.status(MUTUAL, None) == 403
        assert self.status(OPEN, None) == 200

    def test_a_certificate_that_expires_on_its_connection_lets_nobody_in(self) -> None:
        made = Connection(MUTUAL, "digest", self.CERTIFICATE)
        assert self.status(MUTUAL, made, now=999.0) == 200
        assert self.status(MUTUAL, made, now=1000.0) == 403

    def test_a_connection_without_a_certificate_lets_nobody_in(self) -> None:
        assert self.status(MUTUAL, Connection(MUTUAL, "digest")) == 403

    @pytest.mark.parametrize("store", ["", "older"])
    def test_a_connection_by_another_trust_store_lets_nobody_in(self, store: str) -> None:
        assert self.status(MUTUAL, Connection(MUTUAL, store, self.CERTIFICATE)) == 421


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\x00", b"\x80"]
)
def test_what_is_no_tls_is_not_answered(server: TlsPoolgate, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain:
        plain.sendall(data)
        with suppress(OSError):  # it may have closed already
            plain.shutdown(socket.SHUT_WR)
        received = receive(plain)
    assert b"HTTP" not in received
    assert "Traceback" not in server.log.read_text()


def test_headers_of_a_client_are_not_taken_for_a_certificate(server: TlsPoolgate) -> None:
    head: Any = f"GET / HTTP/1.1\r\nHost: {MUTUAL}\r\npoolgate.tls: x\r\nX-Forwarded-Client-Cert: x"
    with connect(server.port, OPEN) as secured:
        secured.sendall(f"{head}\r\n\r\n".encode())
        assert b" 421 " in secured.recv(100)
