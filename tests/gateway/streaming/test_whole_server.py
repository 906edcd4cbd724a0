"""`poolgate serve`, boto3, and streams through all of it."""

from __future__ import annotations

import pytest

from tests.gateway.streaming.backend import Client, StreamingBackend

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:talk/response-streaming-invocations"
)
TALK = """
import time

def handler(event, context):
    yield {"headers": {"Content-Type": "text/event-stream"}}
    for number in range(3):
        yield f"data: {number}\\n\\n"
        time.sleep(0.3)
    yield event["httpMethod"]
"""


@pytest.fixture
def server(start_poolgate):
    started = start_poolgate(
        path_addresses="true",
        upstream_allow="127.0.0.0/8",
        integration_timeout="60000",
        stream_idle_timeout="2000",
    )
    folder = started.instance / "functions"
    folder.mkdir(exist_ok=True)
    (folder / "talk.py").write_text(TALK)
    return started


def test_streams_pass_the_whole_server(server, backend: StreamingBackend):
    rest = server.client("apigateway")
    api = rest.create_rest_api(name="pets")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    integrations = {
        "GET": {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": URI},
        "POST": {"type": "HTTP_PROXY", "integrationHttpMethod": "POST", "uri": f"{backend.url}/s"},
    }
    for verb, members in integrations.items():
        where = {"restApiId": api, "resourceId": root, "httpMethod": verb}
        rest.put_method(**where, authorizationType="NONE")
        mode = {"responseTransferMode": "STREAM", "timeoutInMillis": 600_000}
        rest.put_integration(**where, **members, **mode)
    rest.create_deployment(restApiId=api, stageName="dev")
    address = (server.port, f"/execute-api/{api}/dev/", f"localhost:{server.port}")

    with Client(*address) as client:
        for number in range(3):
            client.read_until(b"data: %d\n\n" % number)
            assert b"GET" not in client.seen
        client.read_until(b"\r\n0\r\n\r\n")

    with Client(*address, method="POST", head="Content-Length: 6\r\n") as client:
        client.socket.sendall(b"abc")
        backend.wait(lambda: backend.received.endswith(b"abc"))
        client.socket.sendall(b"def")
        backend.begin("Content-Type: text/event-stream")
        backend.chunk(b"data: 1\n\n")
        client.read_until(b"data: 1")
        client.close()
        assert backend.is_gone.wait(5), "the client's leaving is noticed"

    with Client(*address, method="POST", head="Content-Length: 0\r\n") as client:
        backend.wait(lambda: backend.connections == 2)
        backend.begin("Content-Type: text/event-stream")
        backend.chunk(b"data: 1\n\n")
        assert not client.read_to_the_end().endswith(b"0\r\n\r\n"), "silence is cut off"
