"""The commands of docs/rest-api-resources.md build a REST API with the AWS CLI, as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.servers.command_line import CommandLine

PAGE = Path(__file__).parents[2] / "docs" / "rest-api-resources.md"
EXAMPLE = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_commands_of_the_page_build_an_api(aws: CommandLine) -> None:
    commands, *_ = EXAMPLE.findall(PAGE.read_text())
    program = Path(sys.executable).with_name("aws")
    shell = (
        f'set -e\naws() {{ "{sys.executable}" "{program}" "$@"; }}\n{commands}\necho $api $pets\n'
    )
    environment = {**aws.environment, "AWS_ENDPOINT_URL": aws.server.url}

    done = subprocess.run(
        ["bash", "-c", shell], env=environment, capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 0, done.stderr
    api, pets = done.stdout.split()[-2:]
    method = aws(
        *("apigateway", "get-method", "--rest-api-id", api),
        *("--resource-id", pets, "--http-method", "GET"),
    )
    assert method["methodIntegration"]["uri"] == "https://backend.example/pets"
    patch = ("--patch-operations", "op=replace,path=/pathPart,value=dogs")
    where = ("--rest-api-id", api, "--resource-id", pets)
    assert aws("apigateway", "update-resource", *where, *patch)["path"] == "/dogs"
    refused = aws.run("apigateway", "delete-resource", *where[:2], "--resource-id", "nosuch")
    assert "(NotFoundException)" in refused.stderr
    aws("apigateway", "delete-rest-api", *where[:2])
