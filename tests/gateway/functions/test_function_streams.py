"""Functions of REST APIs that stream their replies (`responseTransferMode` STREAM)."""

from __future__ import annotations

import pytest

from gateway.effects import CallFunction
from gateway.performers.function_streams import streaming
from gateway.performers.functions import calling
from gateway.snapshot import (
    AccessLog,
    Caching,
    MethodSettings,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
)
from tests.gateway.plane import API_HOST, Plane
from tests.gateway.streaming.backend import Client

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:{}/response-streaming-invocations"
)
TALK = """
import pathlib, time

def handler(event, context):
    yield {"statusCode": 201, "headers": {"Content-Type": "text/event-stream", "X-Made": "yes"},
           "cookies": ["a=1", "b=2"]}
    for number in range(3):
        yield f"data: {number}\\n\\n"
        wanted = pathlib.Path(FOLDER, str(number))
        while not wanted.exists():
            time.sleep(0.01)
"""


@pytest.fixture
def plane(tokens, functions):
    stream = streaming(functions, idle=10)
    made = Plane(tokens, performers={CallFunction: calling(functions, stream=stream)})
    yield made
    made.pool.close()


def show(plane, name: str, **options):
    settings = options.pop("rest", RestSettings())
    timeout = options.pop("timeout_ms", 20_000)
    target = RestIntegration("AWS_PROXY", "POST", URI.format(name), timeout, streams=True)
    plane.show_rest(Route("ANY /s", target, rest=RestMethod("r1")), rest=settings, **options)


def get(server, method: str = "GET", **headers: str):
    return server.request(method, "/prod/s", headers={"Host": API_HOST, **headers})


def test_each_piece_arrives_when_the_function_gives_it(plane, server, write_function, tmp_path):
    signs = tmp_path / "functions" / "signs"
    signs.mkdir()
    write_function("talk", TALK.replace("FOLDER", repr(str(signs))))
    show(plane, "talk", access_log=AccessLog("log", "$context.status $context.responseLength"))
    with Client(server.port, "/prod/s", API_HOST) as client:
        for number in range(3):
            client.read_until(b"data: %d\n\n" % number)
            assert b"data: %d\n\n" % (number + 1) not in client.seen
            (signs / str(number)).touch()
        assert client.read_to_the_end().endswith(b"0\r\n\r\n")
    head = client.seen.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 201")
    assert b"content-type: text/event-stream" in head
    assert head.count(b"set-cookie: ") == 2
    assert plane.lines == [("log", "201 27")]


def test_bytes_stay_as_they_are_and_no_length_is_promised(plane, server, write_function):
    write_function(
        "raw",
        "def handler(e, c):\n"
        '    yield b\'{"headers": {"content-length": "1"}}\' + bytes(4)\n'
        "    yield bytes(4) + bytes(range(256))\n",
    )
    show(plane, "raw", rest=RestSettings(minimum_compression_size=0))
    answer = get(server, **{"Accept-Encoding": "gzip"})
    assert (answer.status, answer.body) == (200, bytes(range(256)))
    assert "content-encoding" not in {name.lower() for name, _ in answer.headers}


@pytest.mark.parametrize(
    "first",
    [
        "{'statusCode': 200, 'body': 'x'}",
        "{'statusCode': 42}",
        "{'statusCode': 100}",
        "{'statusCode': '200\\r\\nx: y'}",
        "{'headers': {'a': 'b\\r\\nset-cookie: c'}}",
        "{'headers': {'a\\r\\nb': 'c'}}",
        "{'cookies': ['a=b\\r\\n\\r\\n<script>']}",
        "{'cookies': 'a=b'}",
        "{'headers': ['a']}",
        "b'[]' + bytes(8)",
        "b'no json' + bytes(8)",
        "bytes(8)",
        "b'no end of the metadata'",
        "b' ' * 17_000 + b'{}' + bytes(8)",
    ],
)
def test_metadata_that_is_none_is_a_bad_gateway(plane, server, write_function, first):
    write_function("odd", f"def handler(e, c):\n    yield {first}\n    yield 'body'")
    show(plane, "odd")
    answer = get(server)
    assert (answer.status, answer.json) == (502, {"message": "Internal server error"})


def test_a_function_that_does_not_stream_is_a_bad_gateway(plane, server, write_function):
    write_function("plain", "def handler(e, c): return {'statusCode': 200, 'body': 'x'}")
    show(plane, "plain")
    assert get(server).status == 502


def test_a_function_that_fails_before_its_reply_is_told_as_any_failure(
    plane, server, write_function
):
    write_function("fails", "def handler(e, c):\n    raise ValueError\n    yield b''")
    write_function("late", "import time\ndef handler(e, c):\n    time.sleep(9)\n    yield b''")
    show(plane, "fails")
    assert get(server).status == 502
    show(plane, "late", timeout_ms=300)
    assert get(server).status == 504
    show(plane, "missing")
    assert get(server).status == 500


def test_a_function_that_fails_on_the_way_never_looks_complete(plane, server, write_function):
    write_function(
        "breaks", "def handler(e, c):\n    yield {}\n    yield 'a'\n    raise ValueError"
    )
    show(plane, "breaks", access_log=AccessLog("log", "$context.error.message"))
    with Client(server.port, "/prod/s", API_HOST) as client:
        seen = client.read_to_the_end()
    assert b"\r\na\r\n" in seen
    assert not seen.endswith(b"0\r\n\r\n")
    assert "ValueError" in plane.lines[0][1]


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(plane, server, write_function, status):
    """What followed its head would be taken for the next reply."""
    write_function(
        "split",
        f"def handler(e, c):\n    yield {{'statusCode': {status}}}\n"
        "    yield 'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nbad'",
    )
    show(plane, "split")
    with Client(server.port, "/prod/s", API_HOST, head="Connection: close\r\n") as client:
        assert client.read_to_the_end().partition(b"\r\n\r\n")[2] == b""


def test_what_streams_is_not_kept(plane, server, write_function):
    write_function(
        "now", "import time\ndef handler(e, c):\n    yield {}\n    yield str(time.time())"
    )
    show(plane, "now", settings={"": MethodSettings(caching=Caching())})
    assert get(server).body != get(server).body
