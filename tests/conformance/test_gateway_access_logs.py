"""Access logs of HTTP APIs on their way to a collector, set with boto3."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest

from tests.servers.echo import http_echo
from tests.servers.poolgate_server import Poolgate

__all__ = ["http_echo"]

STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/pets"


class Collector(ThreadingHTTPServer):
    """Takes what Amazon Data Firehose would post: the ARN of a stream and its records."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.records: list[tuple[str, str]] = []


class _Taker(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stream = self.headers["X-Amz-Firehose-Source-Arn"]
        for record in posted["records"]:
            self.server.records.append((stream, base64.b64decode(record["data"]).decode()))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _until(condition: Callable[[], Any]) -> None:
    ends = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def _status(url: str) -> int | None:
    try:
        with urlopen(url, timeout=5) as reply:
            return int(reply.status)
    except OSError:
        return None


def test_a_line_for_each_request_reaches_the_collector(
    start_poolgate: Callable[..., Poolgate], collector: Collector, http_echo: str
) -> None:
    url = f"http://127.0.0.1:{collector.server_port}/"
    server = start_poolgate(firehose_url=url)
    client = server.client("apigatewayv2")
    api = client.create_api(Name="pets", ProtocolType="HTTP", Target=http_echo)["ApiId"]
    log = {"DestinationArn": STREAM, "Format": "$context.requestId $context.status $context.path"}
    client.update_stage(ApiId=api, StageName="$default", AccessLogSettings=log)
    _until(lambda: _status(f"{server.url}/restapis/{api}/$default/_user_request_/cats") == 200)
    _until(lambda: [line for _, line in collector.records if line.endswith(" 200 /cats")])

    assert {stream for stream, _ in collector.records} == {STREAM}


def test_stdout_has_lines_beside_the_servers_own(
    start_poolgate: Callable[..., Poolgate], http_echo: str
) -> None:
    server = start_poolgate()
    client = server.client("apigatewayv2")
    api = client.create_api(Name="pets", ProtocolType="HTTP", Target=http_echo)["ApiId"]
    log = {"DestinationArn": "poolgate:stdout", "Format": "$context.requestId $context.path"}
    client.update_stage(ApiId=api, StageName="$default", AccessLogSettings=log)
    _until(lambda: _status(f"{server.url}/restapis/{api}/$default/_user_request_/dogs") == 200)

    _until(lambda: "api_access" in server.log.read_text())
    assert "/dogs" in server.log.read_text()


@pytest.mark.parametrize(
    "arn",
    [STREAM, STREAM.replace("000000000000", "999999999999"), "arn:aws:s3:::logs", "/var/log/x"],
)
def test_a_destination_that_nothing_delivers_to_is_refused(
    poolgate_server: Poolgate, arn: str
) -> None:
    client = poolgate_server.client("apigatewayv2")
    api = client.create_api(Name="pets", ProtocolType="HTTP")["ApiId"]
    log = {"DestinationArn": arn, "Format": "$context.requestId"}

    with pytest.raises(client.exceptions.BadRequestException):
        client.create_stage(ApiId=api, StageName="prod", AccessLogSettings=log)
    client.delete_api(ApiId=api)
