"""The commands of docs/rest-api-releases.md release a REST API with the AWS CLI, as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.servers.command_line import CommandLine

PAGE = Path(__file__).parents[2] / "docs" / "rest-api-releases.md"
EXAMPLE = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def _pets(aws: CommandLine) -> str:
    made = aws("apigateway", "create-rest-api", "--name", "pets")
    api, root = ("--rest-api-id", made["id"]), made["rootResourceId"]
    parent = ("--parent-id", root, "--path-part", "pets")
    resource = aws("apigateway", "create-resource", *api, *parent)["id"]
    method = (*api, "--resource-id", resource, "--http-method", "GET")
    aws("apigateway", "put-method", *method, "--authorization-type", "NONE")
    aws("apigateway", "put-integration", *method, "--type", "MOCK")
    return str(made["id"])


def test_commands_of_the_page_release_an_api(aws: CommandLine) -> None:
    api = _pets(aws)
    commands = "\n".join(EXAMPLE.findall(PAGE.read_text()))
    commands = commands.replace("http://localhost:8080", aws.server.url)
    program = Path(sys.executable).with_name("aws")
    shell = (
        f'set -e\naws() {{ "{sys.executable}" "{program}" "$@"; }}\n{commands}\n'
        "echo $first $second\n"
    )
    environment = {**aws.environment, "AWS_ENDPOINT_URL": aws.server.url}

    done = subprocess.run(
        ["bash", "-c", shell], env=environment, capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split()[-2:]
    stage = aws("apigateway", "get-stage", "--rest-api-id", api, "--stage-name", "prod")
    assert stage["deploymentId"] not in {first, second}
    assert stage["variables"] == {"colour": "green"}
    assert "canarySettings" not in stage
    listed = aws("apigateway", "get-deployments", "--rest-api-id", api)["items"]
    assert {first, second, stage["deploymentId"]} == {each["id"] for each in listed}
    aws("apigateway", "delete-rest-api", "--rest-api-id", api)
