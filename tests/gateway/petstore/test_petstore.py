"""A PetStore of our own making, imported from OpenAPI by boto3, deployed, and called."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.gateway.petstore.conftest import Store, ask


def test_a_mock_answers_by_its_templates(rest: str) -> None:
    answer = ask(f"{rest}/pets?kind=dog")
    assert answer.status == 200
    assert answer.body == [{"name": "Rex", "kind": "dog"}]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered_by_the_method_options(rest: str) -> None:
    answer = ask(f"{rest}/pets", "OPTIONS")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "GET,POST"


def test_a_function_adds_a_pet(rest: str) -> None:
    answer = ask(f"{rest}/pets", "POST", {"name": "Rex"})
    assert (answer.status, answer.body) == (201, {"added": "Rex"})


def test_a_function_behind_templates_adds_an_owner_or_says_that_there_is_one(rest: str) -> None:
    answer = ask(f"{rest}/owners", "POST", {"name": "bob"})
    assert (answer.status, answer.body) == (201, {"added": "bob"})
    answer = ask(f"{rest}/owners", "POST", {"name": "ada"})
    assert (answer.status, answer.body) == (409, {"message": "there is such an owner"})


def test_an_authorizer_of_the_document_lets_its_keepers_in(rest: str) -> None:
    assert ask(f"{rest}/till", "PUT").status == 401
    assert ask(f"{rest}/till", "PUT", Authorization="please").status == 403
    answer = ask(f"{rest}/till", "PUT", Authorization="open sesame")
    assert (answer.status, answer.body) == (200, {"keeper": "ada"})


def test_a_body_that_does_not_fit_its_model_never_reaches_the_function(rest: str) -> None:
    for wrong in ({}, {"name": ""}, {"name": "Rex", "owner": {"name": 3}}):
        answer = ask(f"{rest}/pets", "POST", wrong)
        assert (answer.status, answer.body) == (400, {"message": "Invalid request body"})
    nullable = ask(f"{rest}/pets", "POST", {"name": "Rex", "nickname": None})
    assert nullable.status == 201


def test_a_backend_gets_what_is_mapped(rest: str) -> None:
    answer = ask(f"{rest}/pets/a%20b", X_Trace="t1")
    assert answer.status == 200
    assert answer.body["path"] in ("/pets/a%20b", "/pets/a+b")
    assert answer.body["trace"] == "t1"


def test_a_response_is_chosen_by_the_status_of_the_backend(rest: str) -> None:
    answer = ask(f"{rest}/pets/unknown")
    assert (answer.status, answer.body) == (404, {"message": "no such pet"})


def test_a_proxy_passes_everything_below_a_path(rest: str) -> None:
    assert ask(f"{rest}/owners/ada/dogs").body["path"] == "/owners/ada/dogs"


def test_a_method_that_wants_a_key_gets_one(rest: str) -> None:
    assert ask(f"{rest}/pets/rex", "DELETE").status == 403
    assert ask(f"{rest}/pets/rex", "DELETE", x_api_key="k" * 24).status == 200


def test_a_gateway_response_is_that_of_the_document(rest: str) -> None:
    answer = ask(f"{rest}/nothing/here")
    assert (answer.status, answer.body) == (404, {"message": "no such pet shop"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_routes_of_the_http_api_lead_to_their_backends(http: str) -> None:
    assert ask(f"{http}/pets").body["path"] == "/"
    assert ask(f"{http}/pets/rex").body["path"] == "/pets/rex"
    assert ask(f"{http}/pets/unknown").status == 404


def test_a_route_with_a_jwt_authorizer_is_closed(http: str) -> None:
    assert ask(f"{http}/pets", "POST", {"name": "Rex"}).status == 401


def test_a_route_with_a_function_authorizer_opens_for_whom_it_says(http: str) -> None:
    assert ask(f"{http}/elsewhere").status == 401
    assert ask(f"{http}/elsewhere", X_Guard="please").status == 403
    assert ask(f"{http}/elsewhere", X_Guard="open sesame").status == 200


def test_a_route_that_wants_a_signature_takes_one(store: Store, http: str) -> None:
    url = f"{http}/pets/rex"
    assert ask(url, "DELETE").status == 403
    for secret, status in ((store.secret, 200), ("another secret", 403)):
        signed = AWSRequest("DELETE", url)
        SigV4Auth(Credentials(store.key, secret), "execute-api", "us-east-1").add_auth(signed)
        assert ask(url, "DELETE", **dict(signed.headers.items())).status == status


def test_exports_travel_over_the_wire(store: Store, rest: str, http: str) -> None:
    api, stage = rest.split("/")[-2:]
    export = store.client("apigateway").get_export(
        restApiId=api, stageName=stage, exportType="oas30", accepts="application/yaml"
    )
    assert export["contentType"] == "application/yaml"
    assert export["contentDisposition"].endswith('.yaml"')
    assert export["body"].read().startswith(b"---\nopenapi: 3.0.1\n")
    gateway = store.client("apigatewayv2")
    whole = gateway.export_api(
        ApiId=http.split("/")[-2], Specification="OAS30", OutputType="JSON", StageName="prod"
    )
    assert b'"openapi": "3.0.1"' in whole["body"].read()


def test_a_bad_document_is_a_bad_request_with_all_its_faults(store: Store) -> None:
    gateway = store.client("apigateway")
    bodies: list[Any] = [b'{"openapi": "3.0.1", "paths": {"pets": {}}}', b"[", b"\xff"]
    for body in bodies:
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            gateway.import_rest_api(body=body)
        assert raised.value.response["Error"]["Code"] == "BadRequestException"
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
