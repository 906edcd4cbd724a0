"""What goes upstream and what comes back, seen on the wire."""

from __future__ import annotations

import threading

import pytest

from gateway.blueprint import Upstream
from tests.gateway.conftest import CLOSE, ok

HEAD = b"HTTP/1.1 200 OK\r\n"


def _public(url: str, **options: object) -> Upstream:
    return Upstream(url, public=True, **options)


@pytest.fixture
def proxy(gateway, upstream):
    """Serve everything from a raw upstream with the given answers."""

    def start(*answers, **options):
        target = upstream(*answers)
        server = gateway(
            {
                "$default": _public(target.url, **options),
                "ANY /v/{a}/{b+}": _public(f"{target.url}/x/{{b}}/{{a}}?own=1&a={{a}}"),
            }
        )
        return server, target

    return start


def _headers(head: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in head.split("\r\n")[1:])


def test_the_default_route_sends_the_full_path_and_query(proxy):
    server, target = proxy(ok())

    server.get("/store/checkout?b=2&a=1&a=%20")

    assert target.heads()[0].startswith("GET /store/checkout?b=2&a=1&a=%20 HTTP/1.1\r\n")


def test_path_variables_fill_the_uri_as_they_were_spelled(proxy):
    server, target = proxy(ok())

    server.get("/v/1%3F2/b%20c/d?q=1")

    assert target.heads()[0].startswith("GET /x/b%20c/d/1%3F2?own=1&a=1%3F2&q=1 HTTP/1.1\r\n")


def test_a_path_variable_cannot_add_query_parameters(proxy):
    server, target = proxy(ok())

    server.get("/v/1&admin=1+2/b")

    assert "?own=1&a=1%26admin%3D1%2B2 " in target.heads()[0]


def test_the_gateway_says_who_asked_and_clients_cannot(proxy):
    server, target = proxy(ok())
    forged = {
        "X-Forwarded-For": "1.1.1.1",
        "X-Forwarded-Host": "evil",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "1",
        "Forwarded": "for=1.1.1.1",
        "X-Real-IP": "1.1.1.1",
        "X-Original-URL": "/admin",
        "X-Rewrite-URL": "/admin",
    }

    server.get("/", headers={**forged, "Host": "api.example", "Via": "1.0 cache"})

    headers = _headers(target.heads()[0])
    assert headers["host"] == f"127.0.0.1:{target.port}"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-host"] == "api.example"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["forwarded"] == 'for=127.0.0.1;host="api.example";proto=http'
    assert headers["via"] == "1.0 cache, HTTP/1.1 Poolgate"
    assert not {"x-forwarded-port", "x-real-ip", "x-original-url", "x-rewrite-url"} & set(headers)


def test_hop_by_hop_headers_stay_on_their_hop(proxy):
    server, target = proxy(
        ok(
            b"ok",
            "Connection: X-Secret",
            "X-Secret: 1",
            "Keep-Alive: timeout=5",
            "Proxy-Authenticate: Basic",
            "X-Kept: 1",
        )
    )
    sent = {
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Keep-Alive": "300",
        "TE": "trailers",
        "Trailer": "X",
        "Upgrade": "h2c",
        "Proxy-Authorization": "Basic x",
        "Proxy-Connection": "keep-alive",
        "X-Kept": "1",
    }

    answer = server.get("/", headers=sent)

    received = _headers(target.heads()[0])
    assert received["x-kept"] == answer.header("x-kept") == "1"
    assert not {name.lower() for name in sent} - {"x-kept"} & set(received)
    for name in ("x-secret", "keep-alive", "proxy-authenticate"):
        assert answer.header(name) is None


def test_a_connection_header_cannot_remove_what_the_gateway_says(proxy):
    server, target = proxy(ok())

    server.get("/", headers={"Connection": "x-forwarded-for, forwarded, via, host, close"})

    assert {"x-forwarded-for", "forwarded", "via", "host"} <= set(_headers(target.heads()[0]))


def test_a_body_goes_through_with_its_length(proxy):
    server, target = proxy(ok())
    body = bytes(range(256)) * 1024

    server.request("POST", "/", body=body)

    assert target.requests[0].endswith(b"\r\n\r\n" + body)
    assert _headers(target.heads()[0])["content-length"] == str(len(body))


def test_a_post_without_a_body_says_so(proxy):
    server, target = proxy(ok())

    server.raw(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert _headers(target.heads()[0])["content-length"] == "0"


def test_a_chunked_body_goes_through_chunked(proxy):
    server, target = proxy(ok())

    server.request("PUT", "/", body=iter([b"one", b"two"]), encode_chunked=True)

    head, _, body = target.requests[0].partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head
    assert body.replace(b"3\r\n", b"").replace(b"\r\n", b"") in {b"onetwo0", b"6onetwo0"}


def test_the_integrations_method_is_sent(gateway, upstream):
    target = upstream(ok())
    server = gateway({"POST /": _public(target.url, method="PUT")})

    server.request("POST", "/", body=b"x")

    assert target.heads()[0].startswith("PUT / ")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get", "ANY"])
def test_methods_that_http_apis_do_not_know_reach_nobody(proxy, method):
    server, target = proxy(ok())

    answer = server.raw(f"{method} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert target.requests == []


def test_status_headers_and_body_come_back(proxy):
    server, _ = proxy(
        b"HTTP/1.1 418 Teapot\r\nContent-Length: 3\r\nX-A: 1\r\nX-A: 2\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: poolgate-x=2\r\nServer: tea\r\n\r\npot"
    )

    answer = server.get("/")

    assert (answer.status, answer.body) == (418, b"pot")
    assert [v for k, v in answer.headers if k.lower() == "set-cookie"] == ["a=1", "poolgate-x=2"]
    assert [v for k, v in answer.headers if k.lower() == "x-a"] == ["1", "2"]


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: x\r\n\r\n",
        HEAD + b"\r\nhello" + CLOSE,
        b"HTTP/1.0 200 OK\r\n\r\nhello" + CLOSE,
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello",
    ],
)
def test_every_framing_of_a_reply_is_read(proxy, answer):
    server, _ = proxy(answer)

    reply = server.get("/")

    assert reply.body == b"hello"
    assert reply.header("t") is None
    assert reply.header("link") is None


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_a_reply_without_a_body_keeps_its_connection(proxy, status):
    server, target = proxy(b"HTTP/1.1 " + status + b"\r\nETag: x\r\n\r\n")

    assert [server.get("/").body for _ in range(3)] == [b"", b"", b""]
    assert target.connections == 1


def test_head_gets_the_length_and_no_body(proxy):
    server, _ = proxy(HEAD + b"Content-Length: 5\r\n\r\n")

    answer = server.request("HEAD", "/")

    assert (answer.header("content-length"), answer.body) == ("5", b"")


def test_connections_are_kept(proxy):
    server, target = proxy(ok())

    for _ in range(5):
        server.get("/")

    assert target.connections == 1


def test_a_connection_that_the_upstream_ends_is_not_used_again(proxy):
    server, target = proxy(ok(b"ok", "Connection: close"))

    for _ in range(3):
        assert server.get("/").status == 200

    assert target.connections == 3


def test_a_request_on_a_connection_that_died_is_sent_once_more_if_that_is_safe(proxy):
    server, target = proxy(ok(), None, ok())

    assert server.get("/1").status == 200
    assert server.get("/2").status == 200
    assert [head.split()[1] for head in target.heads()] == ["/1", "/2", "/2"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_unsafe_request_is_never_sent_twice(proxy, method):
    server, target = proxy(ok(), None, ok())
    server.get("/1")

    assert server.request(method, "/2", body=b"pay").status == 503
    assert [head.split()[1] for head in target.heads()] == ["/1", "/2"]


def test_a_connection_that_died_while_idle_is_noticed_before_it_is_used(proxy):
    server, target = proxy(ok())
    server.get("/")
    target.close_connections()

    assert server.request("POST", "/", body=b"x").status == 200
    assert target.connections == 2


def test_a_large_reply_streams(proxy):
    size = 3_000_000
    server, _ = proxy(ok(b"x" * size))

    answer = server.get("/")

    assert len(answer.body) == size


def test_a_reply_comes_through_before_it_is_complete(gateway, upstream):
    target = upstream(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
    server = gateway({"$default": _public(target.url)})
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/")
    assert connection.getresponse().read(5) == b"first"
    connection.close()


# Upstreams that fail


def test_an_upstream_that_is_not_there_is_unavailable(gateway):
    server = gateway({"$default": _public("http://127.0.0.1:1/")})

    answer = server.get("/")

    assert answer.status == 503
    assert answer.json == {"message": "Service Unavailable"}


def test_a_name_that_does_not_resolve_is_unavailable(gateway):
    server = gateway({"$default": _public("http://nowhere.invalid/")})

    assert server.get("/").status == 503


def test_an_upstream_that_is_too_slow_times_out(gateway, http_echo):
    server = gateway({"$default": _public(http_echo, timeout=0.3)})

    answer = server.get("/?wait=5")

    assert answer.status == 504
    assert answer.json == {"message": "Gateway Timeout"}


def test_an_upstream_that_drips_times_out_as_well(gateway):
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1000:
            if stop.wait(0.05):
                break
            try:
                connection.send(bytes([byte]))
            except OSError:
                break
        connection.close()

    thread = threading.Thread(target=drip)
    thread.start()
    server = gateway(
        {"$default": _public(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.4)}
    )
    try:
        assert server.get("/").status == 504
        assert thread.is_alive(), "bytes were still coming"
    finally:
        stop.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"X: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"X: a\nSet-Cookie: b=c\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"X: " + b"y" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        HEAD + CLOSE,
        b"HTTP/2 200\r\n\r\n",
    ],
)
def test_a_reply_that_is_not_clean_http_is_a_bad_gateway(proxy, answer):
    server, _ = proxy(answer)

    reply = server.get("/")

    assert reply.status == 502
    assert reply.json == {"message": "Bad Gateway"}


def test_a_reply_that_breaks_off_never_looks_complete(proxy):
    import http.client

    server, _ = proxy(HEAD + b"Content-Length: 10\r\n\r\nhalf" + CLOSE)

    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        server.get("/")


def test_a_second_reply_behind_the_first_goes_to_nobody(proxy):
    """Response splitting: an upstream that answers twice must not answer the next client."""
    server, target = proxy(ok(b"one") + ok(b"poison"), ok(b"two"))

    assert server.get("/1").body == b"one"
    assert server.get("/2").body == b"two"
    assert target.connections == 2


def test_a_reply_that_comes_while_idle_goes_to_nobody(gateway):
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    seen = []
    is_idle, is_sent = threading.Event(), threading.Event()

    def serve() -> None:
        for number in range(2):
            connection, _ = listener.accept()
            seen.append(connection.recv(65536))
            connection.sendall(ok(b"%d" % number))
            is_idle.wait(10)
            connection.sendall(ok(b"poison"))
            is_sent.set()
            seen.append(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    server = gateway({"$default": _public(f"http://127.0.0.1:{listener.getsockname()[1]}")})
    bodies = [server.get("/").body]
    is_idle.set()
    is_sent.wait(10)
    bodies.append(server.get("/").body)
    thread.join()
    for one in seen:
        if not isinstance(one, bytes):
            one.close()
    listener.close()

    assert bodies == [b"0", b"1"]


def test_an_upstream_that_answers_before_it_read_everything_is_heard(gateway):
    import socket

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.recv(1024)
        connection.sendall(
            b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    server = gateway({"$default": _public(f"http://127.0.0.1:{listener.getsockname()[1]}")})
    try:
        assert server.request("POST", "/", body=b"x" * 5_000_000).status == 413
    finally:
        thread.join()
        listener.close()


def test_redirects_are_the_clients_to_follow(proxy):
    """An upstream must not send the gateway elsewhere (SSRF by redirect)."""
    location = "http://169.254.169.254/latest/meta-data"
    server, target = proxy(
        f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    )

    answer = server.get("/")

    assert (answer.status, answer.header("location")) == (302, location)
    assert len(target.requests) == 1
