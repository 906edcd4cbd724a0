"""COGNITO_USER_POOLS authorizers of REST APIs."""

from __future__ import annotations

import time

import pytest

from gateway.snapshot import CognitoAuthorizer, MethodSettings, Route
from tests.gateway.conftest import CLIENT, ISSUER
from tests.gateway.plane import MOCK

AUTHORIZER = CognitoAuthorizer("c1", "people", (ISSUER,))


@pytest.fixture
def show(plane):
    def serve_route(authorizer=AUTHORIZER, scopes=()):
        plane.show_rest(Route("GET /pets", MOCK, authorizer, scopes=frozenset(scopes)))

    serve_route()
    return serve_route


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_an_id_token_opens_a_method_without_scopes(show, call, tokens, prefix):
    assert call("/prod/pets", Authorization=prefix + tokens.id()).status == 200
    assert call("/prod/pets", Authorization=prefix + tokens.access()).status == 401


def test_a_method_with_scopes_needs_an_access_token_with_one_of_them(show, call, tokens):
    show(scopes=["pets/read", "pets/write"])

    assert call("/prod/pets", Authorization=tokens.access(scope="pets/read a")).status == 200
    assert call("/prod/pets", Authorization=tokens.access(scope="cats/read")).status == 401
    assert call("/prod/pets", Authorization=tokens.id()).status == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Basic abc"])
def test_what_is_no_token_is_unauthorized(show, call, token):
    assert call("/prod/pets", Authorization=token).status == 401


def test_a_token_of_another_pool_or_past_its_time_is_refused(show, call, tokens):
    assert call("/prod/pets", Authorization=tokens.id(iss="https://evil")).status == 401
    assert call("/prod/pets", Authorization=tokens.id(exp=int(time.time()) - 60)).status == 401


def test_the_expression_is_about_the_audience(show, call, tokens):
    show(CognitoAuthorizer("c1", "people", (ISSUER,), validation_expression="client-.*"))
    assert CLIENT.startswith("client-")
    assert call("/prod/pets", Authorization=tokens.id()).status == 200
    assert call("/prod/pets", Authorization=tokens.id(aud="other")).status == 401


@pytest.mark.parametrize(
    ("authorization", "scopes", "why"),
    [
        ("", [], "the request has no token where the authorizer looks for it"),
        ("x.y.z", [], "the token is malformed"),
        (
            lambda t: t.id(iss="https://evil"),
            [],
            "the token is of none of the authorizer's user pools",
        ),
        (lambda t: t.access(), [], "a method without scopes takes ID tokens"),
        (lambda t: t.id(), ["pets/read"], "a method with scopes takes access tokens"),
        (
            lambda t: t.access(scope="cats"),
            ["pets/read"],
            "the token does not have a scope that the method requires",
        ),
        (lambda t: t.id(exp=1), [], "The incoming token has expired"),
    ],
)
def test_the_execution_log_alone_says_why(plane, call, tokens, authorization, scopes, why):
    token = authorization if isinstance(authorization, str) else authorization(tokens)
    route = Route("GET /pets", MOCK, AUTHORIZER, scopes=frozenset(scopes))
    plane.show_rest(route, settings={"": MethodSettings(logging_level="ERROR")})

    answer = call("/prod/pets", Authorization=token)

    assert answer.status == 401
    assert answer.json["message"] in {"Unauthorized", "The incoming token has expired"}
    (line,) = [text for _, text in plane.lines]
    assert f"Unauthorized request: {answer.header('x-amzn-RequestId')}: {why}" in line
