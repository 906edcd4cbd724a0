"""Spellings of a path that a guard and a backend could read differently, on REST APIs."""

from __future__ import annotations

import json

import pytest

from gateway.effects import Permit, ReadBody, Signer, VerifySignature
from gateway.paths import RefusedPath, canonical
from gateway.snapshot import (
    FunctionAuthorizer,
    IamAuthorizer,
    IntegrationResponse,
    JwtAuthorizer,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
)
from kernel.iam.policy import Decision
from tests.attacks.gateway.live import KINDS, statuses
from tests.gateway.conftest import CLIENT, ISSUER, ok
from tests.gateway.plane import ACCOUNT, API_HOST, API_ID, Plane

SPELLINGS = [
    "/admin",
    "/admin/",
    "/admin//",
    "//admin",
    "/%61dmin",
    "/%61%64%6D%69%6e",
    "/admin%2F",
    "/admin%2f",
    "/%2Fadmin",
    "/admin;x=y",
    "/admin;",
    "/admin%3Bx",
    "/admin%3b",
    "/.;/admin",
    "/;/admin",
    "/x/..;/admin",
    "/x/../admin",
    "/x/%2e%2E/admin",
    "/x%2f..%2Fadmin",
    "/x/..%5Cadmin",
    "/admin%5C",
    "/./admin",
    "/admin/.",
    "/admin%00",
    "/admin%0d%0a",
    "/%2F;%2Fx/admin",
    "/;%2fx%2f..%2f/admin",
]
OVERLONG = [
    "/%c0%afadmin",
    "/%c0%2fadmin",
    "/%e0%80%afadmin",
    "/%f0%80%80%afadmin",
    "/%f8%80%80%80%afadmin",
    "/x/%c0%ae%c0%ae/admin",
    "/x/%c0%ae./admin",
    "/x/%e0%80%ae%e0%80%ae/admin",
    "/%c1%a1dmin",
    "/admin%c0%80",
    "/\xc0\xafadmin",
    "/\xc0%afadmin",
]
API = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{API_ID}"
DENIED_ADMIN = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": f"{API}/prod/*/admin",
        },
    ],
}
GUARD = """
def handler(event, context):
    arn = event["methodArn"].partition("/")[0]
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{arn}/*"}
    deny = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{arn}/prod/*/admin"}
    return {
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [allow, deny]},
    }
"""


def proxy(url: str) -> RestIntegration:
    responses = (IntegrationResponse("200"),)
    parameters = {"integration.request.path.proxy": "method.request.path.proxy"}
    return RestIntegration(
        "HTTP_PROXY", "ANY", f"{url}/{{proxy}}", request_parameters=parameters, responses=responses
    )


@pytest.fixture
def target(upstream):
    return upstream(ok())


def assert_stopped(answer, target) -> None:
    assert answer.status in {400, 401, 403, 404}
    assert target.requests == []


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_gets_around_the_authorizer_of_a_method(plane, send, target, path):
    authorizer = JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}))
    guarded = RestIntegration("HTTP_PROXY", "ANY", target.url, responses=proxy("").responses)
    plane.show_rest(
        Route("ANY /admin", guarded, authorizer, rest=RestMethod("a")),
        Route("ANY /{proxy+}", proxy(target.url), rest=RestMethod("b")),
    )
    assert_stopped(send(f"/prod{path}"), target)


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_gets_around_the_api_key_of_a_method(plane, send, target, path):
    guarded = RestIntegration("HTTP_PROXY", "ANY", target.url, responses=proxy("").responses)
    plane.show_rest(
        Route("ANY /admin", guarded, rest=RestMethod("a"), api_key_required=True),
        Route("ANY /{proxy+}", proxy(target.url), rest=RestMethod("b")),
    )
    assert_stopped(send(f"/prod{path}"), target)


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_gets_around_a_denial_of_the_resource_policy(plane, send, target, path):
    rest = RestSettings(policy=json.dumps(DENIED_ADMIN))
    route = Route("ANY /{proxy+}", proxy(target.url), rest=RestMethod("b"))
    plane.show_rest(route, rest=rest)
    assert_stopped(send(f"/prod{path}"), target)
    assert send("/prod/pets/").status == 200


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_gets_around_a_denial_of_a_functions_policy(
    plane, send, target, write_function, path
):
    write_function("guard", GUARD)
    source = ("method.request.header.Authorization",)
    guard = FunctionAuthorizer("a", "guard", "guard", "TOKEN", identity_sources=source)
    plane.show_rest(Route("ANY /{proxy+}", proxy(target.url), guard, rest=RestMethod("b")))
    assert_stopped(send(f"/prod{path}", headers={"Authorization": "x"}), target)
    assert send("/prod/pets/", headers={"Authorization": "x"}).status == 200


@pytest.mark.parametrize("path", SPELLINGS)
def test_no_spelling_gets_around_a_denial_of_the_signers_policy(tokens, serve, target, path):
    def permit(effect: Permit) -> Decision:
        return Decision.DENIED if effect.resource.endswith("/admin") else Decision.ALLOWED

    signer = Signer(ACCOUNT, "AKIA", f"arn:aws:iam::{ACCOUNT}:user/ada")
    performers = {Permit: permit, VerifySignature: lambda _: signer, ReadBody: lambda _: b""}
    plane = Plane(tokens, performers=performers)
    route = Route("ANY /{proxy+}", proxy(target.url), IamAuthorizer(), rest=RestMethod("b"))
    plane.show_rest(route)
    server = serve(plane.app)
    assert_stopped(server.get(f"/prod{path}", headers={"Host": API_HOST}), target)
    assert server.get("/prod/pets/", headers={"Host": API_HOST}).status == 200
    plane.pool.close()


@pytest.mark.parametrize("path", ["/admin;.css", "/admin%3B.css", "/admin;a=b.css"])
def test_what_an_allowance_ends_with_cannot_be_hung_on(plane, send, target, path):
    allowed = {**DENIED_ADMIN["Statement"][0], "Resource": f"{API}/prod/*/*.css"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    route = Route("ANY /{proxy+}", proxy(target.url), rest=RestMethod("b"))
    plane.show_rest(route, rest=RestSettings(policy=json.dumps(policy)))
    answer = send(f"/prod{path}")
    assert_stopped(answer, target)
    assert send("/prod/a/b.css").status == 200


@pytest.mark.parametrize("method", ["get", "Get", "gET"])
def test_a_method_in_another_case_is_no_method(plane, send, target, method):
    plane.show_rest(Route("ANY /{proxy+}", proxy(target.url), rest=RestMethod("b")))
    assert_stopped(send("/prod/pets", method=method), target)


@pytest.mark.parametrize(
    ("path", "sent"), [("/a%2fb", "/a%2Fb"), ("/a//b", "/a/b"), ("/%70ets", "/pets")]
)
def test_a_backend_gets_the_spelling_that_was_matched(plane, send, target, path, sent):
    plane.show_rest(Route("ANY /{proxy+}", proxy(target.url), rest=RestMethod("b")))
    answer = send(f"/prod{path}")
    assert answer.status == 200
    assert target.heads()[0].split()[1] == sent


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", OVERLONG)
def test_no_backend_gets_a_slash_or_dot_in_more_than_one_byte(live, kind, path):
    """On the server as it is run, which tells the gateway every byte of a path."""
    line, _, rest = live.head(kind).partition(b"/seen")
    answers = live.raw(line + path.encode("latin-1") + rest + b"\r\n")
    assert statuses(answers)[0] in {400, 403, 404}
    assert live.backend.requests == []


@pytest.mark.parametrize("path", OVERLONG)
def test_overlong_characters_are_in_no_canonical_path(path):
    with pytest.raises(RefusedPath):
        canonical(path)


@pytest.mark.parametrize("path", ["/%C3%A9", "/%E2%82%AC", "/%F0%9F%90%B6", "/%E9"])
def test_honest_characters_still_get_through(live, path):
    assert statuses(live.raw(live.head("HTTP", path) + b"\r\n")) == [200]
    assert live.backend.heads()[0].split()[1] == path
