"""The claims of access and ID tokens, as pure functions of values.

Which there are: Amazon Cognito developer guide, "Understanding the access token" and "Understanding
the identity (ID) token".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.user_pools.rules import attribute_claims, requested_claims
from idp.user_pools.rules.scopes import SIGN_IN_SCOPE
from kernel.tokens.keys import DEFAULT_ALGORITHM


@dataclass(frozen=True)
class Subject:
    """Whom tokens speak of. `groups` are ordered by precedence, the strongest first."""

    user_id: str
    username: str
    attributes: Mapping[str, str]
    groups: Sequence[str] = ()
    roles: Sequence[str] = ()
    preferred_role: str | None = None


@dataclass(frozen=True)
class Sitting:
    """What one sign-in gives to each of its tokens. Times are epoch seconds."""

    issuer: str
    client_id: str
    origin_jti: str
    event_id: str
    auth_time: int
    scopes: Sequence[str] = (SIGN_IN_SCOPE,)
    nonce: str | None = None
    device_key: str | None = None
    strength: Mapping[str, Any] = field(default_factory=dict)
    """`acr` and `amr`."""
    browser_session_id: str | None = None
    """`sid` of the ID tokens, for a client that follows logouts."""
    requested: requested_claims.Wishes = field(default_factory=dict)
    """Single claims of the ID token that its client asks for beyond the scopes."""
    has_standard_claims: bool = False
    """Whether attributes have the types of OIDC Core §5.1."""


@dataclass(frozen=True)
class Issue:
    """What is one token's own: its id, and when it begins, in epoch seconds, for how many."""

    jti: str
    now: int
    lifetime: int


@dataclass(frozen=True)
class Customisation:
    """What a pre token generation trigger changes: claims of each token, groups, scopes."""

    id_claims: Mapping[str, Any] = field(default_factory=dict)
    id_suppressed: frozenset[str] = frozenset()
    access_claims: Mapping[str, Any] = field(default_factory=dict)
    access_suppressed: frozenset[str] = frozenset()
    scopes_added: Sequence[str] = ()
    scopes_suppressed: frozenset[str] = frozenset()
    groups: Sequence[str] | None = None
    roles: Sequence[str] | None = None
    preferred_role: str | None = None


# Cognito developer guide, "Pre token generation Lambda trigger": claims it cannot change.
PROTECTED = frozenset(
    {
        "acr", "amr", "at_hash", "auth_time", "azp", "c_hash", "cnf", "exp", "iat", "iss", "jti",
        "nbf", "nonce", "origin_jti", "sub", "token_use", "event_id", "client_id", "scope",
        "username", "device_key", "identities", "cognito:username",
    }
)  # read as a list  # fmt: skip


def access_claims(
    subject: Subject,
    sitting: Sitting,
    issue: Issue,
    customisation: Customisation | None = None,
) -> dict[str, Any]:
    """The claims of an access token."""
    change = customisation or Customisation()
    scopes = [scope for scope in sitting.scopes if scope not in change.scopes_suppressed]
    claims: dict[str, Any] = {"sub": subject.user_id}
    if sitting.device_key:
        claims["device_key"] = sitting.device_key
    groups = _groups(subject, change)
    if groups:
        claims["cognito:groups"] = groups
    claims |= {
        "iss": sitting.issuer,
        "client_id": sitting.client_id,
        "origin_jti": sitting.origin_jti,
        "event_id": sitting.event_id,
        "token_use": "access",
        "scope": " ".join(dict.fromkeys([*scopes, *change.scopes_added])),
        "auth_time": sitting.auth_time,
        "exp": issue.now + issue.lifetime,
        "iat": issue.now,
        "jti": issue.jti,
        "username": subject.username,
        **sitting.strength,
    }
    return _changed(claims, change.access_claims, change.access_suppressed)


def id_claims(
    subject: Subject,
    sitting: Sitting,
    issue: Issue,
    access_token: str | None,
    readable: frozenset[str] | None,
    customisation: Customisation | None = None,
    code: str | None = None,
    algorithm: str = DEFAULT_ALGORITHM,
) -> dict[str, Any]:
    """The claims of an ID token. `readable` names the attributes that the client may read;
    `access_token` and `code` are what was issued with it, `algorithm` is what will sign it."""
    change = customisation or Customisation()
    claims: dict[str, Any] = {"sub": subject.user_id}
    value_of = (
        attribute_claims.standard_value
        if sitting.has_standard_claims
        else attribute_claims.claim_value
    )
    claims |= attribute_claims.of_scopes(subject.attributes, sitting.scopes, readable, value_of)
    claims |= attribute_claims.wished(subject.attributes, sitting.requested, readable, value_of)
    groups = _groups(subject, change)
    if groups:
        claims["cognito:groups"] = groups
    roles = list(subject.roles if change.roles is None else change.roles)
    preferred_role = change.preferred_role or (
        subject.preferred_role if change.roles is None else None
    )
    if roles:
        claims["cognito:roles"] = roles
    if preferred_role:
        claims["cognito:preferred_role"] = preferred_role
    claims |= {
        "iss": sitting.issuer,
        "cognito:username": subject.username,
        "origin_jti": sitting.origin_jti,
        "aud": sitting.client_id,
        "event_id": sitting.event_id,
        "token_use": "id",
        "auth_time": sitting.auth_time,
        "exp": issue.now + issue.lifetime,
        "iat": issue.now,
        "jti": issue.jti,
        **sitting.strength,
    }
    if "openid" in sitting.scopes and access_token is not None:
        # As in AWS, only where OAuth issued the tokens: pycognito fails on it elsewhere.
        claims["at_hash"] = half_hash(access_token, algorithm)
    if code is not None:
        claims["c_hash"] = half_hash(code, algorithm)
    if sitting.nonce:
        claims["nonce"] = sitting.nonce
    changed = _changed(claims, change.id_claims, change.id_suppressed)
    # No function's `sid` stands for a session of ours, and without one it is a claim like any.
    sid = sitting.browser_session_id
    return {**changed, "sid": sid} if sid else changed


def client_claims(
    client_id: str,
    issuer: str,
    scopes: Sequence[str],
    issue: Issue,
    customisation: Customisation | None = None,
) -> dict[str, Any]:
    """The claims of a client's own access token (RFC 6749 §4.4)."""
    change = customisation or Customisation()
    kept = [scope for scope in scopes if scope not in change.scopes_suppressed]
    claims = {
        "sub": client_id,
        "token_use": "access",
        "scope": " ".join(dict.fromkeys([*kept, *change.scopes_added])),
        "auth_time": issue.now,
        "iss": issuer,
        "exp": issue.now + issue.lifetime,
        "iat": issue.now,
        "version": 2,
        "jti": issue.jti,
        "client_id": client_id,
    }
    return _changed(claims, change.access_claims, change.access_suppressed)


def half_hash(text: str, algorithm: str = DEFAULT_ALGORITHM) -> str:
    """The left half of the hash of an access token (OIDC Core §3.1.3.6, `at_hash`) or of a code
    (§3.3.2.11, `c_hash`). "The hash algorithm used is the
    hash algorithm used in the alg Header Parameter": SHA-256, and SHA-512 of Ed25519."""
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(text.encode())
    half = digest.digest()[: digest.digest_size // 2]
    return base64.urlsafe_b64encode(half).decode().rstrip("=")


def _groups(subject: Subject, change: Customisation) -> list[str]:
    return list(subject.groups if change.groups is None else change.groups)


def _changed(
    claims: dict[str, Any], added: Mapping[str, Any], suppressed: frozenset[str]
) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in claims.items()
        if name not in suppressed or name in PROTECTED or name == "aud"
    }
    return kept | {
        name: value
        for name, value in added.items()
        if name not in PROTECTED and name != "aud" and name not in suppressed
    }
