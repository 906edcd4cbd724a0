"""Pools that sign with each algorithm, before the clients and verifiers that know it.

| who verifies | RS256 | PS256 | ES256 | EdDSA |
|---|---|---|---|---|
| openid-client: code, userInfo, refresh, revocation | yes | yes | yes | yes |
| aws-jwt-verify | yes | - | yes | yes |
| PyJWT's key client | yes | yes | yes | yes |
| our gateway's JWT and user pool authorizers | yes | yes | yes | yes |

aws-jwt-verify (5) knows no PS256: it refuses such a token, which a test shows.
"""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest

from tests.conformance.test_aws_jwt_verify import tampered
from tests.servers.application import (
    PASSWORD,
    Application,
    Person,
    create_application,
    web_client,
)
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

REDIRECT_URI = "http://localhost:3000/callback"


def sign_with(server: Poolgate, pool_id: str, algorithm: str) -> None:
    """As an operator does for a pool that nobody has signed in to yet."""
    settings = json.dumps({"signing_algorithm": algorithm})
    assert server.command("pools", "oauth", pool_id, "-", text=settings).returncode == 0
    done = server.command("keys", "rotate-signing", "--pool", pool_id, "--now")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=["RS256", "PS256", "ES256", "EdDSA"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def signing_application(algorithm: str, poolgate_server: Poolgate) -> Application:
    made = create_application(poolgate_server, **web_client(REDIRECT_URI))
    sign_with(poolgate_server, made.pool_id, algorithm)
    return made


@pytest.fixture(scope="module")
def person(signing_application: Application) -> Person:
    return signing_application.sign_up()


def test_openid_client_signs_in(
    node: RunScript, signing_application: Application, person: Person, algorithm: str
) -> None:
    seen = node(
        "openid-client",
        action="codeFlow",
        issuer=signing_application.issuer,
        clientId=signing_application.client_id,
        redirectUri=REDIRECT_URI,
        algorithm=algorithm,
        username=person.email,
        password=PASSWORD,
    )
    assert seen["claims"]["email"] == seen["userInfo"]["email"] == person.email
    assert seen["refreshed"].lower() == "bearer"
    assert seen["afterRevocation"]["code"] == "invalid_grant"


def test_aws_jwt_verify_takes_what_it_knows(
    node: RunScript, signing_application: Application, person: Person, algorithm: str
) -> None:
    token = signing_application.sign_in(person)["IdToken"]
    answers = node(
        "aws-jwt-verify",
        issuer=signing_application.issuer,
        audience=signing_application.client_id,
        tokens={"id": token, "tampered": tampered(token)},
    )
    if algorithm == "PS256":
        assert "refused" in answers["id"]
        return
    assert answers["id"]["claims"]["sub"] == person.sub
    assert "refused" in answers["tampered"]


def test_pyjwt_finds_the_key_and_verifies(
    signing_application: Application, person: Person, algorithm: str
) -> None:
    tokens = signing_application.sign_in(person)
    published = jwt.PyJWKClient(f"{signing_application.issuer}/.well-known/jwks.json")
    for name in ("IdToken", "AccessToken"):
        key = published.get_signing_key_from_jwt(tokens[name]).key
        claims = jwt.decode(
            tokens[name], key, algorithms=[algorithm], options={"verify_aud": False}
        )
        assert claims["sub"] == person.sub
        assert claims["iss"] == signing_application.issuer


def test_the_gateway_lets_them_through(
    signing_application: Application, person: Person, http_echo: str
) -> None:
    api = signing_application.protected_api(http_echo).split("//")[1].split(".")[0]
    server = signing_application.server
    address = f"{server.url}/_aws/execute-api/{api}/$default/hello"
    token = signing_application.sign_in(person)["AccessToken"]
    assert status(address, token) == 200
    assert status(address, tampered(token)) == 401


def test_a_user_pool_authorizer_lets_them_through(
    signing_application: Application, person: Person
) -> None:
    address = rest_api(signing_application)
    tokens = signing_application.sign_in(person)
    assert status(address, tokens["IdToken"]) == 200
    assert status(address, tampered(tokens["IdToken"])) == 401


def test_the_users_own_operations_take_them(
    signing_application: Application, person: Person
) -> None:
    token = signing_application.sign_in(person)["AccessToken"]
    assert signing_application.cognito.get_user(AccessToken=token)["Username"] == person.sub


def status(address: str, token: str) -> int:
    request = Request(address, headers={"Authorization": f"Bearer {token}"})
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code


def rest_api(application: Application) -> str:
    """The address of a method of a REST API that COGNITO_USER_POOLS guards."""
    server = application.server
    gateway = server.client("apigateway")
    api = gateway.create_rest_api(name="tests")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    pool = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{application.pool_id}"
    authorizer = gateway.create_authorizer(
        restApiId=api,
        name="people",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool],
        identitySource="method.request.header.Authorization",
    )["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="COGNITO_USER_POOLS", authorizerId=authorizer)
    gateway.put_integration(
        **method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    gateway.put_method_response(**method, statusCode="200")
    gateway.put_integration_response(**method, statusCode="200")
    gateway.create_deployment(restApiId=api, stageName="live")
    return f"{server.url}/_aws/execute-api/{api}/live/"
