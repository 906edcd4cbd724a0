"""The AWS CLI: pools, people, errors and an HTTP API."""

from __future__ import annotations

import json

from tests.servers.application import PASSWORD, Application, new_address
from tests.servers.command_line import CommandLine


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
