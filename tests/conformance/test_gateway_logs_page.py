"""The commands of docs/gateway-logs.md, as printed, and the logs that they lead to."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.servers.command_line import CommandLine

PAGE = Path(__file__).parents[2] / "docs" / "gateway-logs.md"
EXAMPLE = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def _pets(aws: CommandLine) -> str:
    made = aws("apigateway", "create-rest-api", "--name", "pets")
    api, root = ("--rest-api-id", made["id"]), made["rootResourceId"]
    parent = ("--parent-id", root, "--path-part", "pets")
    resource = aws("apigateway", "create-resource", *api, *parent)["id"]
    method = (*api, "--resource-id", resource, "--http-method", "GET")
    template = '{"application/json": "{\\"statusCode\\": 200}"}'
    aws("apigateway", "put-method", *method, "--authorization-type", "NONE")
    aws("apigateway", "put-integration", *method, "--type", "MOCK", "--request-templates", template)
    aws("apigateway", "put-method-response", *method, "--status-code", "200")
    aws("apigateway", "put-integration-response", *method, "--status-code", "200")
    aws("apigateway", "create-deployment", *api, "--stage-name", "prod")
    return str(made["id"])


def _entries(path: Path) -> list[dict[str, Any]]:
    """The entries of a log that is written within a moment of its request."""
    ends = time.monotonic() + 10
    while not path.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_commands_of_the_page_log_a_request(aws: CommandLine) -> None:
    api = _pets(aws)
    first, second = EXAMPLE.findall(PAGE.read_text())
    # Workers follow a change within a second.
    commands = first.replace("curl", "sleep 1.5\ncurl -sS -A 'a \"b\"'") + second
    commands = commands.replace("http://localhost:8080", aws.server.url)
    program = Path(sys.executable).with_name("aws")
    shell = f'set -e\naws() {{ "{sys.executable}" "{program}" "$@"; }}\n{commands}'
    environment = {**aws.environment, "AWS_ENDPOINT_URL": aws.server.url}

    done = subprocess.run(
        ["bash", "-c", shell], env=environment, capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    assert "Method request query string: {limit=3}" in done.stdout
    assert "Method completed with status: 200" in done.stdout
    folder = aws.server.instance / "logs" / "000000000000" / "us-east-1"
    (line,) = _entries(folder / "%2Fpets%2Faccess.jsonl")
    assert line["status"] == 200
    assert line["agent"] == 'a "b"'
    events = _entries(folder / f"API-Gateway-Execution-Logs_{api}%2Fprod.jsonl")
    messages = [event["message"] for event in events]
    assert messages[-1] == f"({line['id']}) Method completed with status: 200"
    assert any("X-ray Tracing ID : 1-" in each for each in messages)
    assert any("Method request headers: {" in each for each in messages)
    aws("apigateway", "delete-rest-api", "--rest-api-id", api)


def test_a_destination_that_nothing_delivers_to_is_refused(aws: CommandLine) -> None:
    api = _pets(aws)
    value = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-pets"
    patches = [
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": value},
        {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"},
    ]
    stage = ("--rest-api-id", api, "--stage-name", "prod")
    refused = aws.run(
        "apigateway", "update-stage", *stage, "--patch-operations", json.dumps(patches)
    )

    assert "(BadRequestException)" in refused.stderr
    assert "firehose_url" in refused.stderr
    aws("apigateway", "delete-rest-api", "--rest-api-id", api)
