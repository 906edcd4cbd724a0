"""What an app client registers beyond the members of CreateUserPoolClient.

The names are those of OAuth 2.0 Dynamic Client Registration (RFC 7591 §2), of OpenID Connect
Dynamic Client Registration 1.0 §2 and of the specifications that register members there. The
document is the operator's (`poolgate clients oauth`), or comes from the registration endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509

from idp.user_pools.rules import grant_types, registered_keys, response_types, web_addresses
from idp.user_pools.rules.documented_settings import (
    Check,
    WrongSetting,
    address,
    flag,
    one_of,
    read,
    several,
    texts,
    whole_number,
)
from idp.user_pools.rules.framed_addresses import is_framed
from idp.user_pools.rules.response_types import ResponseTypes
from kernel.tokens import statements
from kernel.tokens.key_sets import KeySet

MOST_ACR_VALUES, LONGEST_ACR_VALUE = 10, 255
LONGEST_AGE = 10 * 365 * 24 * 3600
MOST_URIS = 100
"""As many as CreateUserPoolClient takes LogoutURLs."""
COGNITO_TOKEN, JWT_PROFILE = "cognito", "at+jwt"
MOST_SERVERS, LONGEST_IDENTIFIER = 100, 256
LONGEST_NAME = 1024

BY_SECRET = ("client_secret_basic", "client_secret_post")
BY_ASSERTION: Mapping[str, tuple[str, ...]] = {
    "private_key_jwt": statements.ASYMMETRIC,
    "client_secret_jwt": ("HS256",),
}
"""OIDC Core §9: the methods of an assertion, and what each may be signed with."""
BY_CERTIFICATE = "tls_client_auth"
AUTH_METHODS = ("none", *BY_SECRET, *BY_ASSERTION, BY_CERTIFICATE)
SUBJECTS = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_email",
)
"""RFC 8705 §2.1.2: by which of its names a client's certificate is known."""


@dataclass(frozen=True)
class ClientMetadata:
    """A client's metadata, checked. The defaults are those of a client that has none."""

    default_max_age: int | None = None
    """Seconds since the person last proved who he is, where a request does not say `max_age`."""
    grant_types: tuple[str, ...] = ()
    """The grants beyond Cognito's that the client takes part in (`rules.grant_types`)."""
    post_logout_redirect_uris: tuple[str, ...] = ()
    """Where a sign-out may lead (RP-Initiated Logout 1.0 §3.1), beside LogoutURLs."""
    backchannel_logout_uri: str | None = None
    """Where logout tokens are sent (Back-Channel Logout 1.0 §2.2)."""
    backchannel_logout_session_required: bool = False
    """Whether they must have `sid`."""
    frontchannel_logout_uri: str | None = None
    """What the signed-out page frames (Front-Channel Logout 1.0 §2)."""
    frontchannel_logout_session_required: bool = False
    """Whether it is told `iss` and `sid`."""

    token_endpoint_auth_method: str | None = None
    """Once set, the client authenticates in this way alone, at every endpoint of ours. Without it,
    it does so by its secret where it has one."""
    token_endpoint_auth_signing_alg: str | None = None
    """The one algorithm of its assertions; without it any that the method allows."""
    jwks: KeySet | None = None
    """Its public keys, by value; not beside the next."""
    jwks_uri: str | None = None
    """Its public keys, by where they are."""
    response_types: frozenset[ResponseTypes] | None = None
    """The only ones that the client may ask for. A code together with tokens (hybrid) must stand
    here; where nothing stands, AllowedOAuthFlows decides alone."""
    require_consent: bool = False
    """Ours: people are asked before the client gets anything, and again for what is new."""
    require_pushed_authorization_requests: bool = False
    """RFC 9126 §6."""
    require_signed_request_object: bool = False
    """RFC 9101 §10.5."""
    request_object_signing_alg: str | None = None
    """The one algorithm of its request objects; without it any that its keys allow."""
    default_acr_values: tuple[str, ...] = ()
    """The levels that are asked for, the preferred one first, where a request names none."""
    require_auth_time: bool = False
    """Every ID token has `auth_time`, with it and without."""
    dpop_bound_access_tokens: bool = False
    """Whether every access token of it is bound to a DPoP key (RFC 9449 §5.2)."""
    tls_client_certificate_bound_access_tokens: bool = False
    """Whether they are bound to the certificate of their request (RFC 8705 §3.4)."""
    tls_client_auth_subject_dn: str | None = None
    """Of its certificate, as RFC 4514 writes it; it or one of the next three."""
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_email: str | None = None
    access_token_format: str = COGNITO_TOKEN
    """`cognito`, exactly as AWS makes them, or `at+jwt` (RFC 9068), which say whom they are for."""
    resource_servers: frozenset[str] = frozenset()
    """The pool's resource servers that it answers for, by their identifiers: introspection tells
    it of the access tokens that are meant for them."""
    exchange_targets: frozenset[str] | None = None
    """Ours: the resources and audiences that it may exchange tokens for (RFC 8693 §2.1), one of
    which it must name. Without it, as on AWS, any but another client of the pool."""

    @property
    def has_own_keys(self) -> bool:
        """Whether it authenticates by something that no operation of Cognito's API could ask for:
        those must not serve as a way around it."""
        return self.token_endpoint_auth_method not in {None, "none", *BY_SECRET}

    @property
    def follows_logouts(self) -> bool:
        """Whether its ID tokens name the browser session (`sid`)."""
        return bool(self.backchannel_logout_uri or self.frontchannel_logout_uri)


NO_METADATA = ClientMetadata()


def _response_types(value: Any) -> frozenset[ResponseTypes]:
    texts = value if isinstance(value, list) and value else [None]
    found = [response_types.parse(each) if isinstance(each, str) else None for each in texts]
    if None in found:
        raise ValueError(f"must be a list of {', '.join(response_types.NAMES)}")
    return frozenset(filter(None, found))


def _acr_values(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [None]
    if len(texts) > MOST_ACR_VALUES or not all(
        isinstance(each, str) and 0 < len(each) <= LONGEST_ACR_VALUE and " " not in each
        for each in texts
    ):
        raise ValueError(f"must be a list of at most {MOST_ACR_VALUES} names of levels")
    return tuple(texts)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise ValueError(f"must be a text of at most {LONGEST_NAME} characters")
    return value


def _distinguished_name(value: Any) -> str:
    try:
        x509.Name.from_rfc4514_string(_name(value))
    except ValueError:
        raise ValueError("must be a distinguished name, such as CN=machine,O=Example") from None
    return str(value)


CHECKS: Mapping[str, Check] = {
    "default_max_age": whole_number(0, LONGEST_AGE),
    "grant_types": several(one_of(*grant_types.BEYOND_COGNITO), len(grant_types.BEYOND_COGNITO)),
    "post_logout_redirect_uris": several(
        address(web_addresses.is_target, "absolute https URIs without fragment"), MOST_URIS
    ),
    "backchannel_logout_uri": registered_keys.address,
    "backchannel_logout_session_required": flag,
    "frontchannel_logout_uri": address(is_framed, "an https URL that a page's policy can name"),
    "frontchannel_logout_session_required": flag,
    "response_types": _response_types,
    "default_acr_values": _acr_values,
    "require_auth_time": flag,
    "require_consent": flag,
    "require_pushed_authorization_requests": flag,
    "require_signed_request_object": flag,
    "request_object_signing_alg": one_of(*statements.ASYMMETRIC),
    "token_endpoint_auth_method": one_of(*AUTH_METHODS),
    "token_endpoint_auth_signing_alg": one_of(*statements.ASYMMETRIC, "HS256"),
    "jwks": registered_keys.jwks,
    "jwks_uri": registered_keys.address,
    "dpop_bound_access_tokens": flag,
    "tls_client_certificate_bound_access_tokens": flag,
    "tls_client_auth_subject_dn": _distinguished_name,
    "tls_client_auth_san_dns": _name,
    "tls_client_auth_san_uri": _name,
    "tls_client_auth_san_email": _name,
    "access_token_format": one_of(COGNITO_TOKEN, JWT_PROFILE),
    "resource_servers": texts(MOST_SERVERS, LONGEST_IDENTIFIER),
    "exchange_targets": texts(MOST_SERVERS, LONGEST_IDENTIFIER),
}


def parse(document: Any) -> ClientMetadata:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ClientMetadata)


def check(metadata: ClientMetadata) -> None:
    """What members demand of each other; asked where a document is set. Raises `WrongSetting`."""
    method, algorithm = (
        metadata.token_endpoint_auth_method,
        metadata.token_endpoint_auth_signing_alg,
    )
    if metadata.jwks is not None and metadata.jwks_uri is not None:
        # RFC 7591 §2: they "MUST NOT both be present in the same request or response".
        raise WrongSetting("jwks", "must not stand beside jwks_uri")
    if method == "private_key_jwt" and metadata.jwks is None and metadata.jwks_uri is None:
        raise WrongSetting("token_endpoint_auth_method", "needs the client's jwks or jwks_uri")
    if algorithm is not None and algorithm not in BY_ASSERTION.get(method or "", ()):
        raise WrongSetting(
            "token_endpoint_auth_signing_alg", "does not fit the token_endpoint_auth_method"
        )
    signs_requests = (
        metadata.require_signed_request_object or metadata.request_object_signing_alg is not None
    )
    if signs_requests and metadata.jwks is None and metadata.jwks_uri is None:
        raise WrongSetting("request_object_signing_alg", "needs the client's jwks or jwks_uri")
    subjects = [each for each in SUBJECTS if getattr(metadata, each) is not None]
    # RFC 8705 §2.1.2: "exactly one of the below metadata parameters".
    if len(subjects) != (1 if method == BY_CERTIFICATE else 0):
        raise WrongSetting(
            "token_endpoint_auth_method",
            f"of {BY_CERTIFICATE} goes with one of {', '.join(SUBJECTS)}",
        )
