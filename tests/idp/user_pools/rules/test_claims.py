from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest
from authlib.oidc.core.util import create_half_hash

from idp.user_pools.rules import attribute_claims, claims
from idp.user_pools.rules.claims import Customisation, Issue, Sitting, Subject

JANE = Subject(
    user_id="2c3bd1a0-4b5c-4d6e-8f70-8192a3b4c5d6",
    username="jane",
    attributes={
        "email": "jane@example.com",
        "email_verified": "true",
        "phone_number": "+15555550123",
        "phone_number_verified": "false",
        "name": "Jane",
        "custom:dept": "ops",
    },
    groups=("admins", "users"),
    roles=("arn:aws:iam::000000000000:role/admin",),
    preferred_role="arn:aws:iam::000000000000:role/admin",
)
SITTING = Sitting("http://localhost:8080/us-east-1_x", "client", "family", "event", 1000)
ALL = None


def access(customisation=None, **changes) -> dict:
    sitting = Sitting(**{**vars(SITTING), **changes})
    return claims.access_claims(JANE, sitting, Issue("jti", 2000, 3600), customisation)


def identity(customisation=None, readable=ALL, **changes) -> dict:
    sitting = Sitting(**{**vars(SITTING), **changes})
    issue = Issue("jti", 2000, 300)
    return claims.id_claims(JANE, sitting, issue, "token", readable, customisation)


# --- What the tokens say --------------------------------------------------------------------


def test_an_access_token_says_what_cognitos_does_and_names_no_audience():
    assert access() == {
        "sub": JANE.user_id,
        "cognito:groups": ["admins", "users"],
        "iss": "http://localhost:8080/us-east-1_x",
        "client_id": "client",
        "origin_jti": "family",
        "event_id": "event",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": 1000,
        "exp": 5600,
        "iat": 2000,
        "jti": "jti",
        "username": "jane",
    }


def test_a_device_sign_in_names_its_device():
    assert access(device_key="us-east-1_d")["device_key"] == "us-east-1_d"


def test_an_id_token_says_who_the_user_is():
    made = identity(nonce="n")
    assert made["aud"] == "client"
    assert made["cognito:username"] == "jane"
    assert made["cognito:roles"] == list(JANE.roles)
    assert made["cognito:preferred_role"] == JANE.preferred_role
    assert made["email_verified"] is True
    assert made["phone_number_verified"] is False
    assert made["custom:dept"] == "ops"
    assert made["nonce"] == "n"
    assert (made["exp"], made["token_use"]) == (2300, "id")
    assert not {"username", "client_id", "scope"} & set(made)


def test_at_hash_binds_the_access_token():
    token = "header.payload.signature"
    assert claims.half_hash(token) == create_half_hash(token, "RS256").decode()
    assert len(hashlib.sha256().digest()) // 2 == 16


def test_hashes_of_an_ed25519_token_are_those_of_its_signature():
    """OIDC Core §3.1.3.6, §3.3.2.11: the algorithm's own hash, which is SHA-512 for Ed25519."""
    issue, sitting = Issue("jti", 0, 1), replace(SITTING, scopes=["openid"])
    made = claims.id_claims(JANE, sitting, issue, "token", ALL, None, "code", "EdDSA")
    for name, text in (("at_hash", b"token"), ("c_hash", b"code")):
        half = hashlib.sha512(text).digest()[:32]
        assert made[name] == urlsafe_b64encode(half).decode().rstrip("=")
    assert claims.half_hash("token", "ES256") == claims.half_hash("token", "PS256")


def test_a_user_without_groups_has_no_group_claims():
    nobody = Subject("id", "jane", {})
    for made in (
        claims.access_claims(nobody, SITTING, Issue("jti", 0, 1)),
        claims.id_claims(nobody, SITTING, Issue("jti", 0, 1), "token", ALL),
    ):
        assert not {"cognito:groups", "cognito:roles", "cognito:preferred_role"} & set(made)


# --- Which attributes an ID token shows -----------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "shown"),
    [
        (["aws.cognito.signin.user.admin"], set(JANE.attributes)),
        (["openid"], set(JANE.attributes)),
        (["openid", "email"], {"email", "email_verified"}),
        (["openid", "phone"], {"phone_number", "phone_number_verified"}),
        (["openid", "profile"], {"name"}),
        (["openid", "email", "aws.cognito.signin.user.admin"], set(JANE.attributes)),
        (["api/read"], set()),
    ],
)
def test_scopes_narrow_the_attributes(scopes, shown):
    assert set(JANE.attributes) & set(identity(scopes=scopes)) == shown


def test_a_client_sees_only_what_it_may_read():
    made = identity(readable=frozenset({"sub", "name"}))
    assert set(JANE.attributes) & set(made) == {"name"}
    assert made["sub"] == JANE.user_id


# --- What a trigger may change --------------------------------------------------------------


def test_a_trigger_adds_overrides_and_suppresses_claims():
    change = Customisation(
        id_claims={"tenant": "a", "email": "masked"},
        id_suppressed=frozenset({"name"}),
        access_claims={"level": 3},
        access_suppressed=frozenset({"cognito:groups"}),
    )
    assert identity(change)["tenant"] == "a"
    assert identity(change)["email"] == "masked"
    assert "name" not in identity(change)
    assert access(change)["level"] == 3
    assert "cognito:groups" not in access(change)
    assert "cognito:groups" in identity(change)


def test_a_trigger_changes_scopes_and_groups():
    change = Customisation(
        scopes_added=("api/read", "api/read"),
        scopes_suppressed=frozenset({"aws.cognito.signin.user.admin"}),
        groups=("auditors",),
        roles=(),
    )
    assert access(change)["scope"] == "api/read"
    assert access(change)["cognito:groups"] == ["auditors"]
    assert identity(change)["cognito:groups"] == ["auditors"]
    assert not {"cognito:roles", "cognito:preferred_role"} & set(identity(change))


PROTECTED = [
    *("sub", "iss", "aud", "exp", "iat", "nbf", "jti", "auth_time", "token_use", "origin_jti"),
    *("event_id", "nonce", "at_hash", "azp", "acr", "amr", "client_id", "scope", "username"),
    *("cognito:username", "identities", "device_key"),
]


@pytest.mark.parametrize("name", PROTECTED)
def test_a_trigger_cannot_forge_or_remove_a_protected_claim(name):
    forged = Customisation(id_claims={name: "forged"}, access_claims={name: "forged"})
    removed = Customisation(id_suppressed=frozenset({name}), access_suppressed=frozenset({name}))
    for make in (access, identity):
        assert make(forged).get(name) == make().get(name)
        assert make(removed).get(name) == make().get(name)


def test_identities_are_a_list_whatever_the_scopes() -> None:
    """Developer guide, "Understanding the identity (ID) token": numbers and booleans are texts."""
    entry = '{"userId":"1","issuer":null,"primary":false,"dateCreated":1577836800000}'
    found = attribute_claims.of_scopes(
        {"identities": f"[{entry}]"}, ["openid", "email"], None, attribute_claims.claim_value
    )
    assert found["identities"] == [
        {"userId": "1", "issuer": None, "primary": "false", "dateCreated": "1577836800000"}
    ]
