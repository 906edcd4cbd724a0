"""Client metadata as clients send it (RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0
§2), and what it is here: settings of an app client, and its document of metadata.

Members that mean nothing here are ignored, as RFC 7591 §2 has it. Of those that do, a client gets
only what it may choose for itself: scopes of OpenID Connect alone, no attribute beyond them, and
never a way around asking people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules import redirect_uris, response_types, schema, web_addresses
from idp.user_pools.rules.schema import Schema
from idp.user_pools.rules.scopes import ATTRIBUTES_OF_SCOPE

SCOPES = ("openid", "email", "phone", "profile")
MOST_URIS = 20
DEFAULT_NAME = "Registered application"
# CreateUserPoolClient, ClientName.
_NAME = re.compile(r"[\w\s+=,.@-]{1,128}")

SECRET_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
DEFAULT_METHOD = "client_secret_basic"
AUTH_METHODS = ("none", *SECRET_METHODS, "private_key_jwt")
FLOWS: Mapping[str, str] = {"authorization_code": "code", "implicit": "implicit"}

KEPT = (
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "jwks",
    "response_types",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "request_object_signing_alg",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "dpop_bound_access_tokens",
)
"""The members that go into the client's document as they are, where they are checked."""


class InvalidMetadata(Exception):
    """RFC 7591 §3.2.2; the text is a sentence."""

    error = "invalid_client_metadata"


class InvalidRedirectUri(InvalidMetadata):
    error = "invalid_redirect_uri"


class UnapprovedSoftwareStatement(InvalidMetadata):
    error = "unapproved_software_statement"


@dataclass(frozen=True)
class Wanted:
    """What a registration comes to."""

    client: dict[str, Any]
    """As the request of CreateUserPoolClient."""
    document: dict[str, Any]
    """As `poolgate clients oauth` takes it."""


def read(given: Any, pool_schema: Schema, needed: Sequence[str]) -> Wanted:
    """`needed` are the attributes that sign-ups of the pool write. Raises `InvalidMetadata`."""
    if not isinstance(given, dict):
        raise InvalidMetadata("The request must be a JSON object.")
    if "software_statement" in given:
        raise UnapprovedSoftwareStatement("No issuer of software statements is trusted here.")
    if "jwks_uri" in given:
        # A stranger must not choose which addresses this server fetches.
        raise InvalidMetadata("Keys must be registered by value, as jwks.")
    if given.get("subject_type", "public") != "public":
        raise InvalidMetadata("subject_type can only be public.")
    method = given.get("token_endpoint_auth_method", DEFAULT_METHOD)
    if method not in AUTH_METHODS:
        raise InvalidMetadata(
            f"token_endpoint_auth_method must be one of {', '.join(AUTH_METHODS)}."
        )
    scopes = _scopes(given)
    client = {
        "ClientName": _name(given),
        "GenerateSecret": method in SECRET_METHODS,
        # Nobody signs in through the client but at the hosted pages.
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        "SupportedIdentityProviders": ["COGNITO"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": _flows(given),
        "AllowedOAuthScopes": list(scopes),
        "CallbackURLs": _uris(given, "redirect_uris", least=1),
        "LogoutURLs": _uris(given, "post_logout_redirect_uris", least=0),
        "ReadAttributes": _readable(pool_schema, scopes),
        "WriteAttributes": sorted({*schema.required_attributes(pool_schema), *needed}),
    }
    kept = {name: given[name] for name in KEPT if given.get(name) is not None}
    types = kept.get("response_types", ["code"])
    document = {
        **kept,
        "response_types": types,
        "require_consent": True,
    }
    wanted = Wanted(client, document)
    _check_response_types(wanted)
    return wanted


def describe(settings: Mapping[str, Any], name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A registered client in the words of RFC 7591 §2."""
    grants = {flow: grant for grant, flow in FLOWS.items()}
    flows = [grants.get(flow, flow) for flow in settings.get("AllowedOAuthFlows", ())]
    described = {
        **{member: document[member] for member in KEPT if member in document},
        # A client that has not named its method may send its secret in either way.
        "token_endpoint_auth_method": document.get("token_endpoint_auth_method", DEFAULT_METHOD),
        "client_name": name,
        "redirect_uris": settings.get("CallbackURLs", []),
        "grant_types": [*flows, "refresh_token"] if "authorization_code" in flows else flows,
        "scope": " ".join(settings.get("AllowedOAuthScopes", ())),
    }
    if settings.get("LogoutURLs"):
        described["post_logout_redirect_uris"] = settings["LogoutURLs"]
    return described


def _name(given: Mapping[str, Any]) -> str:
    name = given.get("client_name", DEFAULT_NAME)
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not name.strip():
        raise InvalidMetadata(
            "client_name must have 1 to 128 letters, digits, spaces and characters of +=,.@-_"
        )
    return name


def _scopes(given: Mapping[str, Any]) -> tuple[str, ...]:
    text = given.get("scope", " ".join(SCOPES))
    scopes = tuple(dict.fromkeys(text.split())) if isinstance(text, str) else ()
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidMetadata(f"scope must be some of {', '.join(SCOPES)}.")
    return scopes


def _flows(given: Mapping[str, Any]) -> list[str]:
    """RFC 7591 §2.1: grant_types and response_types must fit each other."""
    grants = given.get("grant_types", ["authorization_code"])
    if not isinstance(grants, list) or not all(isinstance(each, str) for each in grants):
        raise InvalidMetadata("grant_types must be a list of texts.")
    unknown = set(grants) - {*FLOWS, "refresh_token"}
    flows = [FLOWS[each] for each in dict.fromkeys(grants) if each in FLOWS]
    if unknown or not flows:
        raise InvalidMetadata("grant_types can be authorization_code, implicit and refresh_token.")
    return flows


def _uris(given: Mapping[str, Any], member: str, *, least: int) -> list[str]:
    uris = given.get(member, [])
    if not isinstance(uris, list) or not least <= len(uris) <= MOST_URIS:
        raise InvalidRedirectUri(f"{member} must be a list of {least} to {MOST_URIS} URIs.")
    for uri in uris:
        if not isinstance(uri, str) or not web_addresses.is_spelt_well(uri):
            raise InvalidRedirectUri(f"{member} holds something that is no URI.")
        try:
            redirect_uris.check(uri)
        except InvalidParameter as error:
            raise InvalidRedirectUri(error.message) from None
    return list(dict.fromkeys(uris))


def _check_response_types(wanted: Wanted) -> None:
    """Whether every response type has its flow. Raises `InvalidMetadata`."""
    texts = wanted.document["response_types"]
    for text in texts if isinstance(texts, list) else [None]:
        types = response_types.parse(text) if isinstance(text, str) else None
        if types is None:
            raise InvalidMetadata(f"response_types can be {', '.join(response_types.NAMES)}.")
        if not response_types.flows(types) <= set(wanted.client["AllowedOAuthFlows"]):
            raise InvalidMetadata("response_types and grant_types do not fit each other.")


def _readable(pool_schema: Schema, scopes: Sequence[str]) -> list[str]:
    """What its scopes name. `openid` alone would give everything, custom attributes too."""
    names = {each["Name"] for each in pool_schema if not each["DeveloperOnlyAttribute"]}
    named = frozenset().union(*(ATTRIBUTES_OF_SCOPE.get(scope, ()) for scope in scopes))
    return sorted(names & named)
