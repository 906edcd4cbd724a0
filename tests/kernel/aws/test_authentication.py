"""The authenticator of `--dev` takes any key, but nothing from a foreign page."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.aws.access import Caller
from kernel.aws.authentication import DevelopmentAuthenticator, is_loopback
from kernel.aws.operations import AwsError, Principal
from kernel.aws.wire import Request
from kernel.settings import Settings
from tests.kernel.aws.conftest import ACCOUNT, KEY_ID, Keys, Policy

SCOPE = "20261102/eu-west-1/cognito-idp/aws4_request"


def request(key_id: str = "test", scope: str = SCOPE, **headers: str) -> Request:
    authorization = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders=host, Signature=x"
    given = {"host": "localhost:8080", "x-amz-date": "20261102T010203Z", **headers}
    return Request("POST", "/", "", {"authorization": authorization, **given})


@pytest.fixture
def policy() -> Policy:
    return Policy()


@pytest.fixture
def authenticator(keys: Keys, policy: Policy) -> DevelopmentAuthenticator:
    return DevelopmentAuthenticator(keys, policy, Settings())


def test_any_key_is_the_root_of_the_settings_account(authenticator, policy):
    caller = authenticator.authenticate(request(), "cognito-idp")
    root = Principal("000000000000", "test", "arn:aws:iam::000000000000:root")
    assert caller == Caller(root, "eu-west-1", is_unrestricted=True)
    authenticator.authorize(caller, "cognito-idp:CreateUserPool", ["*"], {})
    assert not policy.asked


def test_a_stored_key_keeps_its_identity_and_its_policies(authenticator, policy):
    caller = authenticator.authenticate(request(KEY_ID), "cognito-idp")
    assert caller.principal.account == ACCOUNT
    policy.denied.add("cognito-idp:CreateUserPool")
    with pytest.raises(AwsError, match="is not authorized to perform"):
        authenticator.authorize(caller, "cognito-idp:CreateUserPool", ["*"], {})


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "attacker.example"},
        {"host": "localhost.attacker.example"},
        {"host": "10.0.0.1:8080"},
        {"host": ""},
        {"host": "[::1"},
        {"origin": "https://attacker.example"},
        {"origin": "null"},
        {"origin": "http://localhost.attacker.example"},
        {"origin": ""},
    ],
)
def test_foreign_host_and_foreign_origin_are_refused(authenticator, headers: dict[str, Any]):
    with pytest.raises(AwsError) as error:
        authenticator.authenticate(request(**headers), "cognito-idp")
    assert error.value.code == "AccessDeniedException"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:5173"},
        {"host": "[::1]:8080"},
        {"host": "abc.execute-api.localhost:8080"},
    ],
)
def test_loopback_host_and_origin_are_accepted(authenticator, headers: dict[str, Any]):
    assert authenticator.authenticate(request(**headers), "cognito-idp")


@pytest.mark.parametrize(
    "scope",
    [
        "eu-west-1/cognito-idp/aws4_request",
        "20261102/nowhere/cognito-idp/aws4_request",
        "20261102/eu-west-1/sts/aws4_request",
        "20261103/eu-west-1/cognito-idp/aws4_request",
        "20261102/eu-west-1/cognito-idp/aws4",
    ],
)
def test_malformed_scope_is_refused(authenticator, scope):
    with pytest.raises(AwsError):
        authenticator.authenticate(request(scope=scope), "cognito-idp")


def test_a_missing_signature_is_refused_too(authenticator):
    with pytest.raises(AwsError) as error:
        authenticator.authenticate(Request("POST", "/", "", {"host": "localhost"}), "cognito-idp")
    assert error.value.code == "MissingAuthenticationTokenException"


def test_only_loopback_names_are_loopback():
    assert is_loopback("http://a.localhost")
    assert not is_loopback("http://a.localhost.example")
    assert not is_loopback("http://0.0.0.0")


def test_neither_secrets_nor_headers_nor_bodies_show_in_a_repr(keys):
    shown = repr(keys) + repr(request(cookie="hidden")) + repr(Request("POST", "/", "", {}, b"hid"))
    for value in ("wJalrXUtnFEMI", "session/token", "hid"):
        assert value not in shown
