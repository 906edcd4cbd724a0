"""AWS_IAM and resource policies: real signatures by botocore, real keys, real policies."""

from __future__ import annotations

import json

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from flask import Flask

from gateway.effects import Permit, VerifySignature
from gateway.performers.signatures import permitting, verifying_signatures
from gateway.snapshot import IamAuthorizer, RestSettings, Route
from kernel import settings
from kernel.aws.authentication import SignatureAuthenticator
from kernel.clock import Clock
from kernel.database import Base, Database
from kernel.iam.access_keys import AccessKeys
from kernel.iam.authorizer import PolicyAuthorizer
from kernel.iam.policy import FULL_ACCESS
from kernel.sealing import Sealer
from tests.gateway.plane import ACCOUNT, API_HOST, API_ID, MOCK, Plane

OTHER_ACCOUNT = "111111111111"
API = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{API_ID}"


def policy(effect: str, resource: str, **more) -> dict:
    statement = {
        "Effect": effect,
        "Action": "execute-api:Invoke",
        "Resource": resource,
        **more,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def keys(tmp_path):
    database = Database.attach(Flask("iam"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(database.engine)
    yield AccessKeys(database, Sealer({1: bytes(32)}))
    database.engine.dispose()


@pytest.fixture
def plane(tokens, keys):
    authenticator = SignatureAuthenticator(keys, PolicyAuthorizer(keys), Clock())
    made = Plane(
        tokens,
        performers={
            VerifySignature: verifying_signatures(authenticator),
            Permit: permitting(keys),
        },
    )
    yield made
    made.pool.close()


@pytest.fixture
def show(plane):
    def serve_routes(resource_policy: dict | None = None, authorizer=None):
        text = json.dumps(resource_policy) if resource_policy else ""
        routes = [
            Route(key, MOCK, authorizer or IamAuthorizer())
            for key in ("GET /pets", "POST /pets", "GET /cats", "POST /cats")
        ]
        plane.show_rest(*routes, rest=RestSettings(policy=text))

    serve_routes()
    return serve_routes


@pytest.fixture
def send(plane, serve, show):
    server = serve(plane.app)

    def signed(key, method="GET", path="/prod/pets", body=b"", *, auth=SigV4Auth, change=None):
        request = AWSRequest(method, f"http://{API_HOST}{path}", data=body)
        auth(Credentials(key.id, key.secret), "execute-api", "us-east-1").add_auth(request)
        prepared = request.prepare()
        headers = {**dict(prepared.headers), "Host": API_HOST}
        headers.pop("Content-Length", None)
        target = prepared.url.removeprefix(f"http://{API_HOST}")
        sent = {"method": method, "target": target, "headers": headers, "body": body}
        return server.request(**(change(sent) if change else sent))

    signed.server = server
    return signed


@pytest.fixture
def root(keys):
    return keys.create(ACCOUNT, "root", policies=[FULL_ACCESS])


def test_a_signed_request_of_an_allowed_key_passes(send, root):
    assert send(root).status == 200
    assert send(root, "POST", body=b'{"name": "Rex"}').status == 200
    assert send(root, auth=SigV4QueryAuth).status == 200


def test_a_request_without_signature_is_refused(send):
    answer = send.server.get("/prod/pets", headers={"Host": API_HOST})

    assert answer.status == 403
    assert json.loads(answer.body) == {"message": "Missing Authentication Token"}
    assert answer.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"


ALTERED = {
    "the path": lambda sent: {**sent, "target": sent["target"].replace("pets", "cats")},
    "the method": lambda sent: {**sent, "method": "GET"},
    "the body": lambda sent: {**sent, "body": b"{}"},
    "the query": lambda sent: {**sent, "target": f"{sent['target']}?admin=1"},
    "the promise about the body": lambda sent: {
        **sent,
        "body": b"{}",
        "headers": {**sent["headers"], "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"},
    },
}


@pytest.mark.parametrize("part", ALTERED)
def test_a_request_that_was_changed_after_signing_is_refused(send, root, part):
    answer = send(root, "POST", body=b'{"name": "Rex"}', change=ALTERED[part])

    assert answer.status == 403


def test_a_key_needs_a_policy_for_the_very_request(send, keys):
    narrow = keys.create(ACCOUNT, "ada", policies=[policy("Allow", f"{API}/prod/GET/pets")])

    assert send(narrow).status == 200
    assert send(narrow, path="/prod/cats").status == 403
    assert send(keys.create(ACCOUNT, "bob")).status == 403


def test_a_key_of_another_account_needs_both_policies(send, show, keys):
    stranger = keys.create(OTHER_ACCOUNT, "eve", policies=[FULL_ACCESS])
    assert send(stranger).status == 403

    show(policy("Allow", f"{API}/prod/*", Principal={"AWS": OTHER_ACCOUNT}))
    assert send(stranger).status == 200
    assert send(keys.create(OTHER_ACCOUNT, "mal")).status == 403


def test_either_policy_is_enough_within_the_account_and_a_denial_decides(send, show, keys, root):
    bare = keys.create(ACCOUNT, "bob")
    show(policy("Allow", f"{API}/prod/GET/pets", Principal={"AWS": bare.arn}))
    assert send(bare).status == 200

    show(policy("Deny", f"{API}/prod/*", Principal="*"))
    assert send(root).status == 403


def test_a_resource_policy_closes_and_opens_methods_without_authorizer(plane, serve):
    server = serve(plane.app)
    routes = [Route(f"GET /{name}", MOCK) for name in ("a", "b")]

    def ask(document: dict, path: str) -> int:
        plane.show_rest(*routes, rest=RestSettings(policy=json.dumps(document)))
        return server.get(path, headers={"Host": API_HOST}).status

    allow_a = policy("Allow", f"{API}/prod/GET/a", Principal="*")
    assert ask(allow_a, "/prod/a") == 200
    assert ask(allow_a, "/prod/b") == 403
    near = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    far = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    everything = f"{API}/*"
    assert ask(policy("Allow", everything, Principal="*", Condition=near), "/prod/a") == 200
    assert ask(policy("Allow", everything, Principal="*", Condition=far), "/prod/a") == 403
