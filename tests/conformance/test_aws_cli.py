"""The AWS CLI, unmodified, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.application import PASSWORD, Application, new_address
from tests.servers.poolgate_server import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    Poolgate,
)


class CommandLine:
    """Runs `aws` against a server."""

    def __init__(self, server: Poolgate, home: Path) -> None:
        self.server = server
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("aws")
        command = [sys.executable, program, "--endpoint-url", self.server.url, *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=50
        )

    def __call__(self, *words: str) -> dict[str, Any]:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer


@pytest.fixture
def aws(poolgate_server: Poolgate, tmp_path: Path) -> CommandLine:
    return CommandLine(poolgate_server, tmp_path)


def test_pool_is_made_listed_and_deleted(aws: CommandLine) -> None:
    made = aws("cognito-idp", "create-user-pool", "--pool-name", "from-cli")["UserPool"]
    listed = aws("cognito-idp", "list-user-pools", "--max-results", "60")["UserPools"]
    assert made["Id"] in [pool["Id"] for pool in listed]
    aws("cognito-idp", "delete-user-pool", "--user-pool-id", made["Id"])


def test_administrator_makes_a_person_who_signs_in(
    aws: CommandLine, application: Application
) -> None:
    email, pool = new_address(), ("--user-pool-id", application.pool_id)
    made = aws(
        *("cognito-idp", "admin-create-user", *pool, "--username", email),
        *("--message-action", "SUPPRESS", "--user-attributes", f"Name=email,Value={email}"),
    )["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    password = ("--password", PASSWORD, "--permanent")
    aws("cognito-idp", "admin-set-user-password", *pool, "--username", email, *password)
    answer = aws(
        *("cognito-idp", "initiate-auth", "--client-id", application.client_id),
        *("--auth-flow", "USER_PASSWORD_AUTH"),
        *("--auth-parameters", json.dumps({"USERNAME": email, "PASSWORD": PASSWORD})),
    )
    assert answer["AuthenticationResult"]["TokenType"] == "Bearer"


def test_error_is_shown_by_name(aws: CommandLine) -> None:
    done = aws.run("cognito-idp", "describe-user-pool", "--user-pool-id", "us-east-1_absent000")
    assert done.returncode != 0
    assert "(ResourceNotFoundException)" in done.stderr


def test_http_api_is_made(aws: CommandLine) -> None:
    made = aws("apigatewayv2", "create-api", "--name", "from-cli", "--protocol-type", "HTTP")
    listed = aws("apigatewayv2", "get-apis")["Items"]
    assert made["ApiId"] in [api["ApiId"] for api in listed]
