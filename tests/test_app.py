"""The whole application: what an empty one answers, and what two on one database share."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from gateway.control.account.host_names import OtherHosts
from kernel import database
from kernel.settings import parse
from poolgate import instance

REGION = "us-east-1"
KEY = Credentials("AKIADEVELOPMENT00001", "development-only-secret")
ADA = {"Username": "ada", "Password": "Correct-horse-7"}
PUBLIC = {"InitiateAuth", "GlobalSignOut", "GetUser"}


@dataclass
class Served:
    """One process's application, called without a socket."""

    app: Flask

    def close(self) -> None:
        self.app.extensions["poolgate"].close()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.app.test_client().get(path, base_url="http://localhost", headers=headers)

    def cognito(self, operation: str, **request: Any) -> Any:
        """The answer of an operation of user pools."""
        answer = self.ask(operation, **request)
        assert answer.status_code == 200, answer.text
        return body(answer)

    def ask(self, operation: str, **request: Any) -> TestResponse:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        signer = None if operation in PUBLIC else "cognito-idp"
        return self._send("POST", "/", request, headers, signer)

    def gateway(self, path: str, **request: Any) -> Any:
        """The answer of a creation in the gateway's control plane."""
        headers = {"Content-Type": "application/json"}
        answer = self._send("POST", f"/v2/apis{path}", request, headers, "apigateway")
        assert answer.status_code == 201, answer.text
        return body(answer)

    def _send(
        self, method: str, path: str, request: Any, headers: dict[str, str], signer: str | None
    ) -> TestResponse:
        url = f"http://localhost{path}"
        signed = AWSRequest(method, url, headers, json.dumps(request))
        if signer:
            SigV4Auth(KEY, signer, REGION).add_auth(signed)
        client = self.app.test_client()
        given = {name: str(value) for name, value in signed.headers.items()}
        return client.open(url, method=method, data=signed.data, headers=given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    instance.initialise(parse({"instance": str(made)}))
    return made


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[[], Served]]:
    """Applications on one database: each has its engine, its memory and its threads."""
    started: list[Served] = []

    def start() -> Served:
        settings = parse({"instance": str(folder), "dev": True, "public_url": "http://localhost"})
        started.append(Served(create_app(settings)))
        return started[-1]

    yield start
    for served in started:
        served.close()


@pytest.fixture
def served(serve: Callable[[], Served]) -> Served:
    return serve()


def eventually(holds: Callable[[], bool], seconds: float = 1.0) -> bool:
    """Whether it holds within so long, plus what one question takes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


@dataclass(frozen=True)
class Person:
    """Somebody signed in at a client of a pool."""

    pool_id: str
    client_id: str
    tokens: dict[str, str]


def body(answer: TestResponse) -> Any:
    return json.loads(answer.data)


def sign_in(served: Served) -> Person:
    pool_id = served.cognito("CreateUserPool", PoolName="people")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    of_pool = {"UserPoolId": pool_id}
    client_id = served.cognito(
        "CreateUserPoolClient", **of_pool, ClientName="app", ExplicitAuthFlows=flows
    )["UserPoolClient"]["ClientId"]
    served.cognito("AdminCreateUser", **of_pool, Username="ada", MessageAction="SUPPRESS")
    served.cognito("AdminSetUserPassword", **of_pool, **ADA, Permanent=True)
    parameters = {"USERNAME": "ada", "PASSWORD": ADA["Password"]}
    answer = served.cognito(
        "InitiateAuth",
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=parameters,
    )
    return Person(pool_id, client_id, answer["AuthenticationResult"])


def protected_api(served: Served, person: Person, upstream: str) -> str:
    """The path of an API that lets the client's access tokens through."""
    api = served.gateway("", name="pets", protocolType="HTTP")["apiId"]
    integration = served.gateway(
        f"/{api}/integrations",
        integrationType="HTTP_PROXY",
        integrationMethod="ANY",
        integrationUri=upstream,
        payloadFormatVersion="1.0",
    )["integrationId"]
    authorizer = served.gateway(
        f"/{api}/authorizers",
        name="people",
        authorizerType="JWT",
        identitySource=["$request.header.Authorization"],
        jwtConfiguration={
            "issuer": f"http://localhost/{person.pool_id}",
            "audience": [person.client_id],
        },
    )["authorizerId"]
    served.gateway(
        f"/{api}/routes",
        routeKey="GET /hello",
        target=f"integrations/{integration}",
        authorizationType="JWT",
        authorizerId=authorizer,
    )
    served.gateway(f"/{api}/stages", stageName="$default", autoDeploy=True)
    return f"/_aws/execute-api/{api}/$default/hello"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The write lock is somebody else's."""
    with closing(sqlite3.connect(folder / "poolgate.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_empty_instance_is_healthy(served: Served) -> None:
    assert served.get("/health").status_code == 200
    assert served.get("/ready").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/us-east-1_Absent/.well-known/openid-configuration",
        "/us-east-1_Absent/.well-known/jwks.json",
        "/_aws/execute-api/absent/$default/hello",
        "/execute-api/absent/$default/hello",
        "/restapis/absent/prod/_user_request_/hello",
        "/no/such/path",
    ],
)
def test_empty_instance_has_no_pool_and_no_api(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_empty_instance_answers_aws_in_its_own_form(served: Served) -> None:
    assert served.cognito("ListUserPools", MaxResults=10) == {"UserPools": []}
    absent = served.ask("DescribeUserPool", UserPoolId="us-east-1_Absent")
    assert absent.status_code == 400
    assert body(absent)["__type"] == "ResourceNotFoundException"
    unknown = served.ask("NoSuchOperation")
    assert (unknown.status_code, body(unknown)["__type"]) == (400, "UnknownOperationException")


def test_a_service_that_is_not_here_is_refused_in_the_form_of_sdks(served: Served) -> None:
    path = "/2015-03-31/functions"
    answer = served._send("POST", path, {}, {"Content-Type": "application/json"}, "lambda")

    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (
        501,
        "NotImplementedException",
    )
    assert body(answer) == {"message": "Poolgate does not have the service lambda."}
    assert served.get(path).status_code == 404


def test_new_pool_has_discovery_and_keys(served: Served) -> None:
    person = sign_in(served)
    base = f"/{person.pool_id}/.well-known"
    discovery = served.get(f"{base}/openid-configuration").json
    assert discovery["issuer"] == f"http://localhost/{person.pool_id}"
    assert discovery["jwks_uri"].endswith(f"{base}/jwks.json")
    assert len(served.get(f"{base}/jwks.json").json["keys"]) == 2


def test_what_one_process_configures_another_serves_within_a_second(
    serve: Callable[[], Served], http_echo: str
) -> None:
    here, there = serve(), serve()
    person = sign_in(here)
    path = protected_api(here, person, f"{http_echo}/upstream")
    assert here.get(path).status_code == 401
    assert eventually(lambda: there.get(path).status_code == 401)
    bearer = f"Bearer {person.tokens['AccessToken']}"
    assert there.get(path, Authorization=bearer).status_code == 200
    assert there.get(path, Authorization=f"{bearer}x").status_code == 401


def test_what_one_process_revokes_another_refuses_within_a_second(
    serve: Callable[[], Served], http_echo: str
) -> None:
    here, there = serve(), serve()
    person = sign_in(here)
    path = protected_api(here, person, f"{http_echo}/upstream")
    token = person.tokens["AccessToken"]

    def status(served: Served) -> int:
        return served.get(path, Authorization=f"Bearer {token}").status_code

    assert eventually(lambda: status(there) == 200, seconds=5)
    here.cognito("GlobalSignOut", AccessToken=token)
    # Operations and refresh read the row; only the gateway reads its own memory.
    assert body(there.ask("GetUser", AccessToken=token))["__type"] == "NotAuthorizedException"
    refreshed = there.ask(
        "InitiateAuth",
        ClientId=person.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": person.tokens["RefreshToken"]},
    )
    assert body(refreshed)["__type"] == "NotAuthorizedException"
    assert eventually(lambda: status(there) == 401)
    assert eventually(lambda: status(here) == 401)


def test_no_gateway_domain_takes_the_pages_of_a_pool(served: Served) -> None:
    kernel = served.app.extensions["poolgate"]
    pool_id = served.cognito("CreateUserPool", PoolName="people")["UserPool"]["Id"]
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/0123"
    served.cognito(
        "CreateUserPoolDomain",
        UserPoolId=pool_id,
        Domain="login.example.org",
        CustomDomainConfig={"CertificateArn": certificate},
    )

    taken = kernel.of(OtherHosts).is_taken

    assert kernel.database.read(taken, "login.example.org")
    assert kernel.database.read(taken, "*.example.org")
    assert not kernel.database.read(taken, "api.example.org")


def test_closed_application_leaves_no_thread(folder: Path) -> None:
    before = set(threading.enumerate())
    served = Served(create_app(parse({"instance": str(folder), "dev": True})))
    assert served.get("/ready").status_code == 200
    started = set(threading.enumerate()) - before
    assert {"revocations", "gateway-refresher", "cleanup"} <= {each.name for each in started}
    served.close()
    assert set(threading.enumerate()) - before == set()


def test_busy_database_is_a_503_that_clients_try_again(
    folder: Path, serve: Callable[[], Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    served = serve()
    with locked(folder):
        refused = served.ask("CreateUserPool", PoolName="people")
        assert served.cognito("ListUserPools", MaxResults=10) == {"UserPools": []}
        assert served.get("/ready").status_code == 200
    assert refused.status_code == 503
    assert body(refused)["__type"] == "ServiceUnavailableException"
    assert "Traceback" not in refused.text
    assert served.ask("CreateUserPool", PoolName="people").status_code == 200


def test_busy_database_is_a_503_outside_of_aws_operations_too(served: Served) -> None:
    def busy() -> str:
        raise database.DatabaseBusy

    served.app.add_url_rule("/busy", view_func=busy)
    answer = served.get("/busy")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_development_answers_loopback_hosts_only(served: Served) -> None:
    client = served.app.test_client()
    assert client.get("/health", base_url="http://rebound.example.com").status_code == 403
