"""The claims of a verified token are remembered for every API: no template may change them."""

from __future__ import annotations

import pytest

from gateway.snapshot import CognitoAuthorizer, IntegrationResponse, RestIntegration, Route
from tests.gateway.conftest import ISSUER

PEOPLE = CognitoAuthorizer("c1", "people", (ISSUER,))


def _route(path: str, response: str) -> Route:
    templates = {"application/json": response}
    target = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(IntegrationResponse("200", templates=templates),),
    )
    return Route(f"GET {path}", target, PEOPLE)


@pytest.mark.parametrize(
    "change",
    [
        "#set($context.authorizer.claims.sub = 'root')",
        "#set($done = $context.authorizer.claims.put('sub', 'root'))",
        "#set($done = $context.authorizer.claims.putAll({'sub': 'root'}))",
        "#set($done = $context.authorizer.claims.get('groups').add('root'))",
        "#set($context.authorizer.claims.groups[0] = 'root')",
    ],
)
def test_a_template_forges_no_claim_for_the_next_request(plane, send, tokens, change):
    plane.show_rest(
        _route("/change", change),
        _route("/show", "$context.authorizer.claims"),
    )
    token = tokens.id(sub="ada", groups=["people"])
    assert send("/prod/change", headers={"Authorization": token}).status == 200
    told = send("/prod/show", headers={"Authorization": token}).body.decode()
    assert "ada" in told
    assert "root" not in told
