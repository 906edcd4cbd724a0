"""What other WSGI servers pass on, or do not."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest

from gateway.blueprint import Upstream
from tests.gateway.conftest import CLOSE, ok

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/a",
    "QUERY_STRING": "",
    "SERVER_NAME": "inner",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "::1",
    "wsgi.url_scheme": "https",
    "HTTP_HOST": "api.example",
}


@pytest.fixture
def call(make_gateway, upstream):
    """Call a gateway with an environment; gives the status, the body and the upstream's view."""
    target = upstream(ok())
    gateway = make_gateway({"$default": Upstream(target.url, public=True)})

    def run(body: bytes = b"", **changes: Any):
        environ = {**ENVIRON, "wsgi.input": io.BytesIO(body), **changes}
        started = []
        blocks = gateway.data_plane(environ, lambda status, _: started.append(status))
        return started[0], b"".join(blocks), target.heads()

    return run


def test_a_server_without_the_raw_target_decides_by_the_decoded_path(call):
    _, _, heads = call(PATH_INFO="/a b/c%2Fd")

    assert heads[0].startswith("GET /a%20b/c%252Fd ")


def test_the_raw_target_counts_where_it_agrees(call):
    _, _, heads = call(PATH_INFO="/a/b", REQUEST_URI="/a%2fb?x=1", QUERY_STRING="x=1")

    assert heads[0].startswith("GET /a%2Fb?x=1 ")


def test_a_raw_target_that_disagrees_is_ignored(call):
    _, _, heads = call(PATH_INFO="/a", RAW_URI="/admin")

    assert heads[0].startswith("GET /a ")


def test_a_query_that_no_request_line_can_hold_is_escaped(call):
    _, _, heads = call(QUERY_STRING="a=\xe9 b#c&d=%20\r\n")

    assert heads[0].startswith("GET /a?a=%E9%20b%23c&d=%20%0D%0A HTTP/1.1\r\n")


def test_the_clients_address_and_scheme_are_the_servers_word(call):
    _, _, heads = call()

    assert 'forwarded: for="[::1]";host="api.example";proto=https' in heads[0]
    assert "x-forwarded-proto: https" in heads[0]


def test_a_request_without_a_host_was_sent_to_the_server(call):
    _, _, heads = call(HTTP_HOST="", REMOTE_ADDR="")

    assert 'forwarded: for=unknown;host="inner:80";proto=https' in heads[0]


def test_a_body_without_a_length_needs_a_server_that_knows_its_end(call):
    chunked = {"REQUEST_METHOD": "POST", "HTTP_TRANSFER_ENCODING": "chunked"}

    assert call(b"x", **chunked)[0] == "411 Length Required"
    assert call(b"x", **chunked, **{"wsgi.input_terminated": True})[0] == "200 OK"


@pytest.mark.parametrize("length", ["x", "-1", "+1", "1.0", "\u0661", " 1"])
def test_a_malformed_length_is_refused(call, length):
    status, _, heads = call(CONTENT_LENGTH=length)

    assert (status, heads) == ("400 Bad Request", [])


def test_a_client_whose_body_breaks_off_is_told_so(call):
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("reset")

    status, _, _ = call(REQUEST_METHOD="POST", CONTENT_LENGTH="5", **{"wsgi.input": Broken()})

    assert status == "400 Bad Request"


def test_a_blueprints_access_log_goes_to_its_logger(gateway, upstream, caplog):
    target = upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" + CLOSE)
    form = "$context.status $context.routeKey $context.responseLength $context.error.message"
    server = gateway({"GET /a": Upstream(target.url, public=True)}, access_log=form)

    with caplog.at_level(logging.INFO, "poolgate.gateway.access"):
        server.raw(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        server.raw(b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    lines = {r.getMessage() for r in caplog.records if r.name == "poolgate.gateway.access"}
    assert lines == {
        "200 GET /a 4 the upstream's reply broke off",
        "404 - 23 Not Found",
    }
    assert not [r for r in caplog.records if r.exc_info or "Traceback" in r.getMessage()]
