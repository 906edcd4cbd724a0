"""Content codings of REST APIs, both ways, and what is meant to burst."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from gateway.compression import chosen_coding
from gateway.effects import Compress, Decompress
from gateway.performers.compressing import compress, decompress
from gateway.snapshot import (
    IntegrationResponse,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
)
from tests.gateway.plane import API_HOST, Plane


class Echo:
    """Answers with the body that reached it, and remembers its coding."""

    def __init__(self) -> None:
        self.coding = ""
        self.headers = [("Content-Type", "application/json")]

    def __call__(self, environ, start_response):
        self.coding = environ.get("HTTP_CONTENT_ENCODING", "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", self.headers)
        return [body]


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def call(tokens, serve, echo):
    plane = Plane(tokens, performers={Compress: compress, Decompress: decompress})
    target = serve(echo)
    server = serve(plane.app)

    def show(minimum: int | None = 100):
        integration = RestIntegration(
            "HTTP_PROXY",
            "POST",
            f"http://127.0.0.1:{target.port}/",
            responses=(IntegrationResponse("200"),),
        )
        route = Route("POST /", integration, rest=RestMethod("r"))
        plane.show_rest(route, rest=RestSettings(minimum_compression_size=minimum))

    def ask(body: bytes, **headers: str):
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        return server.request("POST", "/prod/", headers={"Host": API_HOST, **sent}, body=body)

    show()
    ask.show = show
    yield ask
    plane.pool.close()


LONG = json.dumps({"pets": ["Rex"] * 100}).encode()


@pytest.mark.parametrize(("accepted", "window"), [("gzip", 31), ("deflate, gzip;q=0.5", 15)])
def test_a_long_reply_is_compressed_for_who_takes_it_so(call, accepted, window):
    answer = call(LONG, Accept_Encoding=accepted)

    assert len(answer.body) < len(LONG)
    assert zlib.decompress(answer.body, window) == LONG
    assert answer.header("content-encoding") == accepted.partition(",")[0]
    assert answer.header("vary") == "Accept-Encoding"
    assert answer.header("content-length") == str(len(answer.body))


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "*;q=0"])
def test_who_does_not_take_it_gets_it_plain(call, accepted):
    answer = call(LONG, Accept_Encoding=accepted)

    assert answer.body == LONG
    assert answer.header("content-encoding") is None


def test_short_dense_and_coded_replies_are_left_alone(call, echo):
    assert call(b"{}", Accept_Encoding="gzip").header("content-encoding") is None
    echo.headers = [("Content-Type", "image/png")]
    assert call(LONG, Accept_Encoding="gzip").body == LONG
    echo.headers = [("Content-Type", "text/plain"), ("Content-Encoding", "br")]
    assert call(LONG, Accept_Encoding="gzip").header("content-encoding") == "br"


def test_an_api_without_compression_passes_codings_on(call, echo):
    call.show(None)
    packed = gzip.compress(LONG)

    answer = call(packed, Content_Encoding="gzip", Accept_Encoding="gzip")

    assert (answer.body, echo.coding) == (packed, "gzip")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_request_reaches_the_backend_plain(call, echo, coding):
    packed = gzip.compress(LONG) if coding == "gzip" else zlib.compress(LONG)

    assert call(packed, Content_Encoding=coding).body == LONG
    assert echo.coding == ""


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip at all",
        gzip.compress(LONG, mtime=0)[:-4],
        gzip.compress(LONG, mtime=0) + b"more",
        gzip.compress(b"", mtime=0)[:5],
    ],
)
def test_a_body_that_is_not_in_its_coding_is_refused(call, body):
    assert call(body, Content_Encoding="gzip").status == 400


def test_a_body_that_bursts_is_refused_before_it_is_unpacked(call):
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    assert len(bomb) < 300_000

    assert call(bomb, Content_Encoding="gzip").status == 413


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0.1, deflate;q=0.9", "deflate"),
        ("*", "gzip"),
        ("*, gzip;q=0", "deflate"),
        ("GZIP", "gzip"),
        ("gzip;q=nonsense", ""),
    ],
)
def test_the_client_chooses(header, coding):
    assert chosen_coding(header) == coding
