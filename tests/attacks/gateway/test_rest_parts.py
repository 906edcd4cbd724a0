"""What a developer of an API may store must not harm the gateway or the clients of the API."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gateway import quotas
from gateway.authorizers.expressions import MOST_STEPS, matches
from gateway.control.errors import Refused
from gateway.patterns import compile_pattern
from kernel import settings
from kernel.database import Base, Database
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree

JSON = "application/json"


@pytest.fixture
def tree(tmp_path: Path) -> Any:
    database = Database.attach(Flask("attacked"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(database.engine)
    yield Tree.planted(Caller(build_kernel(database, tmp_path)))
    database.engine.dispose()


@pytest.mark.parametrize(
    "schema",
    [
        '{"a":' * 70_000,
        "[" * 400_000,
        '"\\' * 200_000,
        '{"$ref":"file:///etc/passwd"}',
        '{"$ref":"http://169.254.169.254/latest/meta-data"}',
        '{"pattern":"' + "(" * 900 + '"}',
        '{"pattern":"' + "(a{9})" * 160 + '"}',
        '{"pattern":"' + "(" * 30 + "a" + "{9})" * 30 + '"}',
        '{"maximum":1e999}',
        '{"type":"object","title":"\\u0000"}',
        '{"enum":[' + "1," * 100_000 + "1]}",
    ],
)
def test_hostile_schema_is_answered_quickly_and_never_crashes(tree: Tree, schema: str) -> None:
    started = time.thread_time()
    try:
        tree("CreateModel", name="Pet", contentType=JSON, schema=schema)
    except Refused:
        pass
    else:
        deploy_and_compile(tree)
    assert time.thread_time() - started < 3


def deploy_and_compile(tree: Tree) -> None:
    mock(tree)
    deploy(tree, stageName="dev")


@pytest.mark.parametrize("expression", ["(" * 30 + "a" + "{9})" * 30, "(a*)*b", "(a|a)*b", "(?=a)"])
def test_validation_expression_holds_nobody_up(tree: Tree, expression: str) -> None:
    started = time.thread_time()
    with contextlib.suppress(Refused):
        tree(
            "CreateAuthorizer",
            name="guard",
            type="TOKEN",
            authorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/guard"
            "/invocations",
            identitySource="method.request.header.Authorization",
            identityValidationExpression=expression,
        )
    matches(expression, "a" * 5000)
    assert time.thread_time() - started < 2


GUIDES = r"^(Bearer )[a-zA-Z0-9\-_]+?\.[a-zA-Z0-9\-_]+?\.([a-zA-Z0-9\-_]+)$"
"""API Gateway developer guide, "Configure an API Gateway Lambda authorizer": a JSON web token."""


def steps_of(expression: str, text: str) -> int:
    counted: list[int] = []
    compile_pattern(expression).fullmatch(text, counted.append)
    return sum(counted)


def test_the_longest_token_is_far_from_what_an_expression_may_take() -> None:
    part = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    token = f"Bearer {part}.{part * 150}.{part * 5}"
    assert len(token) > quotas.REQUEST_HEAD_BYTES * 0.97
    assert matches(GUIDES, token)
    assert steps_of(GUIDES, token) < MOST_STEPS / 10


@pytest.mark.parametrize("expression", ["(.*){50}z", "(a|b|ab|[a-z]|\\w+|.+|.*)*x"])
def test_a_token_that_goes_round_in_an_expression_costs_next_to_nothing(expression: str) -> None:
    assert steps_of(expression, "ab" * 5000) < MOST_STEPS


def test_a_token_that_needs_ever_new_states_of_an_expression_does_not_match() -> None:
    """Told apart by the last 300 characters there are 2 to the 300 of them."""
    expression = "(a|b)*a(a|b){300}"
    token = f"{3**5600:b}".translate({48: "a", 49: "b"}) + "a" + "b" * 300
    assert compile_pattern(expression).fullmatch(token)
    started = time.thread_time()
    assert not matches(expression, token)
    assert time.thread_time() - started < 1


def test_model_that_refers_to_itself_is_flattened_once(tree: Tree) -> None:
    reference = f"https://apigateway.amazonaws.com/restapis/{tree.api}/models/Node"
    schema = json.dumps({"properties": {"left": {"$ref": reference}, "right": {"$ref": reference}}})
    tree("CreateModel", name="Node", contentType=JSON, schema=schema)
    flat = json.loads(tree("GetModel", modelName="Node", flatten=True)["schema"])
    assert len(json.dumps(flat)) < 4 * len(schema)


@pytest.mark.parametrize("ending", ["\r\nset-cookie: a=b", "\nx", "\x00", "\x7f"])
def test_gateway_response_cannot_end_a_header(tree: Tree, ending: str) -> None:
    for parameters in (
        {"gatewayresponse.header.x": f"'a{ending}'"},
        {f"gatewayresponse.header.x{ending}": "'a'"},
    ):
        with pytest.raises(Refused):
            tree("PutGatewayResponse", responseType="THROTTLED", responseParameters=parameters)


def test_variable_cannot_lead_a_backend_elsewhere_by_a_line_break(tree: Tree) -> None:
    mock(tree)
    for value in ("a\r\nhost: b", "a b", "a\x00", "${stageVariables.a}", "a@b"):
        with pytest.raises(Refused):
            deploy(tree, stageName="dev", variables={"host": value})


def test_many_patches_are_refused_at_once(tree: Tree) -> None:
    mock(tree)
    deploy(tree, stageName="dev")
    patches = [("replace", f"/~1{number}/GET/metrics/enabled", "true") for number in range(5000)]
    started = time.thread_time()
    with pytest.raises(Refused):
        tree.patch("UpdateStage", *patches, stageName="dev")
    assert time.thread_time() - started < 2


@pytest.mark.parametrize(
    "path", ["/" + "~1" * 50_000 + "/GET/metrics/enabled", "/a" * 50_000, "/" + "~" * 50_000]
)
def test_long_patch_path_is_refused_quickly(tree: Tree, path: str) -> None:
    mock(tree)
    deploy(tree, stageName="dev")
    started = time.thread_time()
    with pytest.raises(Refused):
        tree.patch("UpdateStage", ("replace", path, "true" * 10), stageName="dev")
    assert time.thread_time() - started < 2


def test_access_log_format_is_one_bounded_line(tree: Tree) -> None:
    mock(tree)
    deploy(tree, stageName="dev")
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
    for text in ("$context.requestId\nforged", "$context.requestId" + "x" * 3072, "\x1b[2J"):
        with pytest.raises(Refused):
            tree.patch(
                "UpdateStage",
                ("replace", "/accessLogSettings/destinationArn", arn),
                ("replace", "/accessLogSettings/format", text),
                stageName="dev",
            )


def test_documentation_is_bounded(tree: Tree) -> None:
    text = json.dumps({"a": "x" * quotas.DOCUMENTATION_PART_BYTES})
    with pytest.raises(Refused):
        tree("CreateDocumentationPart", location={"type": "API"}, properties=text)


def test_parts_of_another_account_are_out_of_reach(tree: Tree) -> None:
    mock(tree)
    deploy(tree, stageName="dev")
    thief = Tree(tree.caller.elsewhere(account="111111111111"), tree.api, tree.root)
    elsewhere = Tree(tree.caller.elsewhere(region="eu-west-1"), tree.api, tree.root)
    for foreign in (thief, elsewhere):
        for operation, members in {
            "GetModels": {},
            "GetModel": {"modelName": "Empty"},
            "GetStages": {},
            "GetDeployments": {},
            "GetAuthorizers": {},
            "GetRequestValidators": {},
            "GetGatewayResponses": {},
            "GetDocumentationParts": {},
            "GetDocumentationVersions": {},
            "CreateDeployment": {"stageName": "dev"},
            "PutGatewayResponse": {"responseType": "THROTTLED"},
            "FlushStageAuthorizersCache": {"stageName": "dev"},
        }.items():
            with pytest.raises(Refused, match="Invalid API identifier specified"):
                foreign(operation, **members)
