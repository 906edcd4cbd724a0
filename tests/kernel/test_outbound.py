"""The guarded HTTP client, against real servers on loopback."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel import settings
from kernel.outbound import Outbound, OutboundFailed, OutboundRefused, OutboundTimedOut
from tests.kernel.certificates import write_self_signed

Answer = Callable[[socket.socket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\nhi"


class Server:
    """Answers each connection with `answer(connection, request head and body)`."""

    def __init__(self, answer: Answer | bytes, address: str = "127.0.0.1") -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._listener = socket.create_server((address, 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{address}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                request = connection.recv(65536)
                self.requests.append(request)
                if isinstance(self._answer, bytes):
                    connection.sendall(self._answer)
                else:
                    self._answer(connection, request)
            except OSError:
                return

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer | bytes, address: str = "127.0.0.1") -> Server:
        servers.append(Server(answer, address))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def outbound() -> Outbound:
    return Outbound([ipaddress.ip_network("127.0.0.1/32")])


def redirect(status: int, location: str) -> bytes:
    return (
        f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def test_a_reply_has_status_headers_and_body(serve, outbound) -> None:
    server = serve(OK)
    reply = outbound.request(
        "POST", server.url + "/a%2Fb?q=1", headers={"X-Test": "yes"}, body=b"data"
    )
    assert (reply.status, reply.body) == (200, b"hi")
    assert reply.headers.getlist("x-twice") == ["1", "2"]
    head = server.requests[0]
    assert head.startswith(b"POST /a%2Fb?q=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n".encode() in head
    assert b"X-Test: yes\r\n" in head


def test_an_error_status_is_a_reply(serve, outbound) -> None:
    server = serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    assert outbound.request("GET", server.url).status == 503


def test_loopback_is_refused_unless_allowed_or_trusted(serve) -> None:
    server = serve(OK)
    guarded = Outbound.from_settings(settings.parse({}))
    with pytest.raises(OutboundRefused):
        guarded.request("GET", server.url)
    assert server.requests == []
    assert guarded.request("GET", server.url, trusted=True).status == 200


def test_a_name_that_rebinds_between_check_and_connect_gains_nothing(
    serve, outbound, monkeypatch
) -> None:
    private = serve(OK, "127.0.0.2")
    answers = iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"])

    def rebinding(host, port, *args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(OutboundFailed):
        outbound.request("GET", f"http://rebind.example:{private.port}/")
    assert private.requests == []


def test_the_host_header_keeps_the_name(serve, outbound) -> None:
    server = serve(OK)
    outbound.request("GET", f"http://localhost:{server.port}/")
    assert f"Host: localhost:{server.port}\r\n".encode() in server.requests[0]


def test_a_proxy_in_the_environment_is_not_used(serve, outbound, monkeypatch) -> None:
    proxy, server = serve(OK), serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    outbound.request("GET", server.url)
    assert (len(proxy.requests), len(server.requests)) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:11211/_stats",
        "//127.0.0.1/",
        "127.0.0.1:80",
        "http://",
        "http:///path",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "",
    ],
)
def test_only_http_urls_with_a_host_are_requested(outbound, url: str) -> None:
    with pytest.raises(OutboundRefused):
        outbound.request("GET", url)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"X-A": "1\r\nX-Injected: 2"}),
        ("GET", {"X-A\r\nX-Injected": "1"}),
        ("GET / HTTP/1.1\r\nX-Injected: 1", {}),
    ],
)
def test_line_breaks_do_not_smuggle_headers(serve, outbound, method, headers) -> None:
    server = serve(OK)
    with pytest.raises(OutboundRefused):
        outbound.request(method, server.url, headers=headers)
    assert not any(b"X-Injected" in request for request in server.requests)


def test_line_breaks_in_the_url_do_not_smuggle_headers(serve, outbound) -> None:
    server = serve(OK)
    outbound.request("GET", server.url + "/ HTTP/1.1\r\nX-Injected: 1\r\n")
    assert b"\r\nX-Injected" not in server.requests[0]


def test_redirects_are_returned_unless_followed(serve, outbound) -> None:
    target = serve(OK)
    server = serve(redirect(302, target.url))
    assert outbound.request("GET", server.url).status == 302
    assert outbound.request("GET", server.url, follow_redirects=True).body == b"hi"


def test_a_redirect_to_a_private_address_is_refused(serve, outbound) -> None:
    private = serve(OK, "127.0.0.2")
    server = serve(redirect(302, private.url))
    with pytest.raises(OutboundRefused):
        outbound.request("GET", server.url, follow_redirects=True)
    assert private.requests == []


def test_a_redirect_away_from_a_trusted_origin_is_not_trusted(serve) -> None:
    other = serve(OK)
    server = serve(redirect(307, other.url))
    with pytest.raises(OutboundRefused):
        Outbound().request("GET", server.url, follow_redirects=True, trusted=True)
    assert other.requests == []


def test_a_redirect_within_a_trusted_origin_stays_trusted(serve) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(OK if b"/end" in request else redirect(302, "/end"))

    server = serve(answer)
    reply = Outbound().request("GET", server.url, follow_redirects=True, trusted=True)
    assert reply.body == b"hi"


def test_a_redirect_to_another_origin_leaves_credentials_behind(serve, outbound) -> None:
    target = serve(OK)
    server = serve(redirect(302, target.url))
    outbound.request(
        "GET",
        server.url.replace("//", "//user:pass@"),
        headers={"Cookie": "a=b", "X-Kept": "1"},
        follow_redirects=True,
    )
    assert b"Authorization: Basic dXNlcjpwYXNz" in server.requests[0]
    assert b"Authorization" not in target.requests[0]
    assert b"Cookie" not in target.requests[0]
    assert b"X-Kept: 1" in target.requests[0]


@pytest.mark.parametrize(("status", "method"), [(303, b"GET"), (302, b"GET"), (307, b"POST")])
def test_redirects_change_the_method_as_http_says(serve, outbound, status, method) -> None:
    target = serve(OK)
    server = serve(redirect(status, target.url))
    outbound.request(
        "POST",
        server.url,
        body=b"data",
        headers={"Content-Type": "text/plain"},
        follow_redirects=True,
    )
    assert target.requests[0].startswith(method)
    assert (b"text/plain" in target.requests[0]) == (method == b"POST")


def test_a_redirect_loop_ends(serve, outbound) -> None:
    server = serve(redirect(302, "/again"))
    with pytest.raises(OutboundFailed, match="too often"):
        outbound.request("GET", server.url, follow_redirects=True)
    assert len(server.requests) == 6


def silent(connection: socket.socket, _: bytes) -> None:
    time.sleep(5)


def drip_headers(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        connection.sendall(f"X-{number}: 1\r\n".encode())
        time.sleep(0.05)


def drip_one_header_line(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _number in range(100):
        connection.sendall(b"a")
        time.sleep(0.05)


def drip_body(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _number in range(100):
        connection.sendall(b"a")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [silent, drip_headers, drip_one_header_line, drip_body])
def test_a_slow_server_is_cut_off_at_the_total_time_out(serve, outbound, answer) -> None:
    server = serve(answer)
    started = time.monotonic()
    with pytest.raises(OutboundTimedOut):
        outbound.request("GET", server.url, timeout=0.3)
    assert time.monotonic() - started < 3


def test_a_body_beyond_the_cap_is_refused_without_being_read(serve, outbound) -> None:
    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            connection.sendall(b"a" * 65536)

    with pytest.raises(OutboundFailed, match="more than 1000 bytes"):
        outbound.request("GET", serve(endless).url, max_bytes=1000)


def test_a_compressed_bomb_stays_compressed(serve, outbound) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    reply = outbound.request("GET", serve(head.encode() + bomb).url)
    assert reply.body == bomb


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_reply_is_a_failure(serve, outbound, answer) -> None:
    with pytest.raises(OutboundFailed):
        outbound.request("GET", serve(answer).url, timeout=3)


def test_chunked_replies_are_read(serve, outbound) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
    assert outbound.request("GET", serve(chunked).url).body == b"hi!"


def test_a_closed_port_fails(serve, outbound) -> None:
    server = serve(OK)
    server.close()
    with pytest.raises(OutboundFailed):
        outbound.request("GET", server.url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    return write_self_signed(tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture
def serve_tls(certificate) -> Iterator[tuple[int, list[str | None]]]:
    """The port of a TLS server that answers OK, and the names that clients asked it for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                plain, _ = listener.accept()
                with context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(65536)
                    connection.sendall(OK)
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1], names
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_tls_is_verified_by_name_at_the_pinned_address(certificate, serve_tls) -> None:
    port, names = serve_tls
    trusting = Outbound(
        [ipaddress.ip_network("127.0.0.0/8")], tls=ssl.create_default_context(cafile=certificate)
    )
    assert trusting.request("GET", f"https://localhost:{port}/").body == b"hi"
    assert names == ["localhost"]
    with pytest.raises(OutboundFailed, match="SSL"):
        trusting.request("GET", f"https://127.0.0.1:{port}/")


def test_an_unknown_certificate_authority_is_refused(serve_tls, outbound) -> None:
    port, _ = serve_tls
    with pytest.raises(OutboundFailed, match="SSL"):
        outbound.request("GET", f"https://localhost:{port}/")


def test_a_silent_tls_server_is_cut_off(serve, outbound) -> None:
    server = serve(silent)
    with pytest.raises(OutboundTimedOut):
        outbound.request("GET", f"https://127.0.0.1:{server.port}/", timeout=0.3)


UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent, ipaddress, sys, time
from kernel.outbound import Outbound, OutboundTimedOut
from tests.kernel.certificates import write_self_signed
port = sys.argv[1]
outbound = Outbound([ipaddress.ip_network("127.0.0.0/8")])
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic()); gevent.sleep(0.01)
def slow(_):
    try:
        outbound.request("GET", f"http://localhost:{port}/", timeout=0.5)
    except OutboundTimedOut:
        return "cut"
ticker = gevent.spawn(tick)
started = time.monotonic()
jobs = [gevent.spawn(slow, n) for n in range(5)]
gevent.joinall(jobs, raise_error=True)
took = time.monotonic() - started
assert [job.value for job in jobs] == ["cut"] * 5, [job.value for job in jobs]
assert took < 2.4, took
gaps = [b - a for a, b in zip(ticks, ticks[1:])]
assert max(gaps) < 0.3, max(gaps)
print("cooperative")
"""


def test_under_gevent_waiting_requests_leave_the_hub_free(serve) -> None:
    server = serve(drip_body)
    done = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT, str(server.port)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "cooperative\n", done.stderr
