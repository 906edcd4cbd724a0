"""Whatever arrives, the answer is AWS's: never an exception, a 500 or a page."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.aws.contract import service
from kernel.aws.dispatch import Dispatcher
from kernel.aws.operations import OperationFamily
from kernel.aws.wire import Reply, Request
from kernel.clock import Clock
from kernel.settings import Settings
from tests.kernel.aws.conftest import Policy

JSON = "application/x-amz-json-1.1"
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

texts = st.text(max_size=20) | st.sampled_from(["\0", "{####}", "a" * 300, "us-east-1_abc", ""])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
headers = st.dictionaries(
    st.sampled_from(
        ["authorization", "x-amz-date", "date", "host", "origin", "x-amz-security-token", "accept"]
    ),
    st.text(st.characters(max_codepoint=255), max_size=60)
    | st.sampled_from(
        [
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=é",
            "20260101T000000Z",
            "Thu, 01 Jan 0001 00:00:00 +1400",
            "Bearer x",
        ]
    ),
)


class AnyOne:
    """Lets everybody in, so that input reaches the parser."""

    def authenticate(self, request: Request, signing_name: str) -> object:
        from kernel.aws.access import Caller
        from kernel.aws.operations import Principal

        return Caller(Principal("000000000000", "K", "arn:aws:iam::000000000000:root"), "us-east-1")

    def authorize(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def dispatcher() -> Dispatcher:
    families = [
        OperationFamily(name, handlers={op: lambda *_: {} for op in service(name).operation_names})
        for name in ("cognito-idp", "cognito-identity", "apigateway", "apigatewayv2", "sts", "iam")
    ]
    kernel = SimpleNamespace(settings=Settings(), clock=Clock())
    return Dispatcher(kernel, families, AnyOne())


@pytest.fixture(scope="module")
def strict() -> Dispatcher:
    from kernel.aws.authentication import SignatureAuthenticator
    from tests.kernel.aws.conftest import Keys

    kernel = SimpleNamespace(settings=Settings(), clock=Clock())
    return Dispatcher(kernel, [], SignatureAuthenticator(Keys(), Policy(), kernel.clock))


def assert_aws(reply: Reply) -> None:
    assert reply.status < 500 or reply.status == 501, reply
    if reply.headers.get("Content-Type") == "text/xml":
        assert reply.body.startswith(b"<")
    elif reply.status >= 400:
        assert json.loads(reply.body)["message"] is not None


@QUICK
@given(name=st.sampled_from(sorted(service("cognito-idp").operation_names)), body=st.data())
def test_json_values_of_any_form(dispatcher, name, body):
    shape = service("cognito-idp").operation(name).input
    members = st.sampled_from(sorted(shape.members) or ["None"])
    sent = body.draw(st.dictionaries(members, values, max_size=6))
    target = f"AWSCognitoIdentityProviderService.{name}"
    given_headers = {"x-amz-target": target, "content-type": JSON}
    request = Request("POST", "/", "", given_headers, json.dumps(sent).encode())
    assert_aws(dispatcher.handle(request))


@QUICK
@given(body=st.binary(max_size=50), given_headers=headers, target=st.text(max_size=30))
def test_bytes_and_headers_of_any_form(dispatcher, strict, body, given_headers, target):
    for name in (target, "AWSCognitoIdentityProviderService.ListUserPools"):
        sent = {"content-type": JSON, **given_headers, "x-amz-target": name}
        for each in (dispatcher, strict):
            assert_aws(each.handle(Request("POST", "/", "", sent, body)))


@QUICK
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]),
    path=st.sampled_from(
        ["/v2/apis", "/restapis", "/account", "/tags/", "/v2/apis/%ff/routes", "*"]
    ),
    rest=st.text(st.characters(max_codepoint=255), max_size=20),
    query=st.text("ab&=%+X-Amz1Signature", max_size=40),
    body=st.binary(max_size=20) | values.map(lambda value: json.dumps(value).encode()),
    given_headers=headers,
)
def test_rest_requests_of_any_form(
    dispatcher, strict, method, path, rest, query, body, given_headers
):
    request = Request(method, path + rest, query, given_headers, body)
    for each in (dispatcher, strict):
        assert_aws(each.handle(request))


@QUICK
@given(
    action=st.sampled_from(["AssumeRole", "CreateRole", "ListUserTags", "TagUser", "Nothing"]),
    fields=st.lists(st.tuples(st.text("Tags.member123KeyValu", max_size=20), texts), max_size=8),
)
def test_forms_of_any_form(dispatcher, action, fields):
    from urllib.parse import urlencode

    body = urlencode([("Action", action), *fields]).encode()
    sent = {"content-type": "application/x-www-form-urlencoded"}
    assert_aws(dispatcher.handle(Request("POST", "/", "", sent, body)))
