"""Who may call a route."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JwtAuthorizer:
    """Who may call: holders of a token that `issuer` signed for one of `audiences`."""

    name: str
    issuer: str
    audiences: frozenset[str]
    identity_source: str = "$request.header.Authorization"
    any_audience: bool = False
    """Skip the audience check. Only a blueprint's `allow_any_client=True` sets this."""
    access_tokens_only: bool = False
    """Refuse ID tokens even on routes without scopes."""

    @property
    def issuers(self) -> tuple[str, ...]:
        return (self.issuer,)


@dataclass(frozen=True)
class CognitoAuthorizer:
    """COGNITO_USER_POOLS of a REST API: holders of a token of one of some user pools."""

    id: str
    name: str
    issuers: tuple[str, ...]
    identity_source: str = "method.request.header.Authorization"
    validation_expression: str = ""
    """What the token's `aud` must match, as a regular expression."""


@dataclass(frozen=True)
class FunctionAuthorizer:
    """A Lambda authorizer of either kind of API."""

    id: str
    name: str
    function: str
    """Its name or ARN; may hold `${stageVariables.name}`."""
    kind: str
    """TOKEN or REQUEST."""
    payload_version: str = "1.0"
    """1.0 or 2.0; REST APIs know 1.0 alone."""
    simple_responses: bool = False
    identity_sources: tuple[str, ...] = ()
    validation_expression: str = ""
    result_ttl: int = 300
    """Seconds for which an answer is kept; 0 keeps none."""

    @property
    def issuers(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class ClaimRule:
    """A further claim that a token of a `TrustedIssuer` is held to."""

    name: str
    required: bool = False
    """Whether a token without it is refused."""
    expected: tuple[str, ...] = ()
    """The claim is text and one of these; empty takes any text."""


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer of a `TrustedIssuersAuthorizer`: `aud` must hold one of `audiences`."""

    issuer: str
    audiences: frozenset[str]
    claims: tuple[ClaimRule, ...] = ()


@dataclass(frozen=True)
class TrustedIssuersAuthorizer:
    """JWT of a REST API: holders of a token of any of some issuers."""

    id: str
    name: str
    trusted: tuple[TrustedIssuer, ...]
    algorithms: frozenset[str]
    """Such as RS256: no other signature is taken, whoever issued the token."""
    identity_source: str = "method.request.header.Authorization"

    @property
    def issuers(self) -> tuple[str, ...]:
        return tuple(each.issuer for each in self.trusted)


@dataclass(frozen=True)
class IamAuthorizer:
    """AWS_IAM: callers sign with SigV4 and need `execute-api:Invoke`."""

    @property
    def issuers(self) -> tuple[str, ...]:
        return ()


Authorizer = (
    JwtAuthorizer
    | CognitoAuthorizer
    | FunctionAuthorizer
    | TrustedIssuersAuthorizer
    | IamAuthorizer
)
