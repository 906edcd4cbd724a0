"""ProviderDetails of an identity provider: which keys each type takes, needs and adds.

As the service model documents them for CreateIdentityProvider, with what DescribeIdentityProvider
answers. A key that AWS adds by itself may be sent back, as clients do that describe and update,
but not with another value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from idp.errors import InvalidParameter
from idp.user_pools.rules import saml_metadata, web_addresses

Details = dict[str, str]

LONGEST_VALUE = 4096
SECRETS = frozenset({"client_secret", "private_key"})
"""What is sealed at rest."""
HIDDEN = frozenset({"private_key"})
"""What DescribeIdentityProvider leaves out."""
BOOLEANS = ("IDPInit", "IDPSignout", "EncryptedResponses")

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")
_MULTILINE = frozenset({"MetadataFile", "private_key"})
_API_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,3}")
_OIDC_URLS = ("oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri")


@dataclass(frozen=True)
class Kind:
    """One provider type. `added` are the keys that it gets by itself."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    added: Callable[[Mapping[str, str]], Details] = field(default=lambda _: {})
    subject: str | None = None
    """The claim that `username` is mapped to where the request does not say so."""


def _facebook(details: Mapping[str, str]) -> Details:
    version = details["api_version"]
    return {
        "attributes_url": f"https://graph.facebook.com/{version}/me?fields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": f"https://www.facebook.com/{version}/dialog/oauth",
        "token_request_method": "GET",
        "token_url": f"https://graph.facebook.com/{version}/oauth/access_token",
    }


def _google(_: Mapping[str, str]) -> Details:
    return {
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com",
        "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    }


def _amazon(_: Mapping[str, str]) -> Details:
    return {
        "attributes_url": "https://api.amazon.com/user/profile",
        "attributes_url_add_attributes": "false",
        "authorize_url": "https://www.amazon.com/ap/oa",
        "token_request_method": "POST",
        "token_url": "https://api.amazon.com/auth/o2/token",
    }


def _apple(_: Mapping[str, str]) -> Details:
    return {
        "attributes_url_add_attributes": "false",
        "authorize_url": "https://appleid.apple.com/auth/authorize",
        "oidc_issuer": "https://appleid.apple.com",
        "token_request_method": "POST",
        "token_url": "https://appleid.apple.com/auth/token",
    }


def _oidc(_: Mapping[str, str]) -> Details:
    """OIDC Core §5.3: which claims userInfo gives is the access token's affair."""
    return {"attributes_url_add_attributes": "false"}


def _saml(details: Mapping[str, str]) -> Details:
    """The addresses of a metadata file; a MetadataURL is read when it is needed, not before."""
    if "MetadataFile" not in details:
        return {}
    found = saml_metadata.parse(details["MetadataFile"])
    if not found.sign_on_redirect and details.get("IDPInit") != "true":
        raise InvalidParameter(
            "The SAML metadata document is invalid: people are sent to the provider by the binding "
            "HTTP-Redirect, and it has no SingleSignOnService with it."
        )
    added = {
        "SSORedirectBindingURI": found.sign_on_redirect,
        "SLORedirectBindingURI": found.logout_redirect,
    }
    return {name: value for name, value in added.items() if value}


_OAUTH_CLIENT = frozenset({"client_id", "client_secret", "authorize_scopes"})

KINDS: Mapping[str, Kind] = {
    "Facebook": Kind(
        _OAUTH_CLIENT,
        frozenset({"api_version"}),
        frozenset({"public_profile", "email"}),
        _facebook,
        "id",
    ),
    "Google": Kind(
        _OAUTH_CLIENT,
        scopes=frozenset({"profile", "email", "openid"}),
        added=_google,
        subject="sub",
    ),
    "LoginWithAmazon": Kind(
        _OAUTH_CLIENT,
        scopes=frozenset({"profile", "postal_code"}),
        added=_amazon,
        subject="user_id",
    ),
    "SignInWithApple": Kind(
        frozenset({"client_id", "team_id", "key_id", "private_key", "authorize_scopes"}),
        scopes=frozenset({"email", "name"}),
        added=_apple,
        subject="sub",
    ),
    "OIDC": Kind(
        frozenset({"client_id", "attributes_request_method", "oidc_issuer", "authorize_scopes"}),
        frozenset({"client_secret", *_OIDC_URLS}),
        added=_oidc,
        subject="sub",
    ),
    "SAML": Kind(
        frozenset(),
        frozenset(
            {
                *("MetadataFile", "MetadataURL", "RequestSigningAlgorithm"),
                *("IDPInit", "IDPSignout", "EncryptedResponses"),
            }
        ),
        added=_saml,
    ),
}
LOCAL_USERS = "COGNITO"
"""What a client's SupportedIdentityProviders calls the pool itself."""

SOCIAL = frozenset(KINDS) - {"OIDC", "SAML"}
DEFAULTS: Mapping[str, Details] = {
    "Facebook": {"api_version": "v17.0"},
}


def complete(provider_type: str, given: Mapping[str, str], own: Mapping[str, str]) -> Details:
    """The details with defaults and what the type adds. Raises `InvalidParameter`.

    `own` is what this server adds itself (ActiveEncryptionCertificate).
    """
    kind = KINDS[provider_type]
    known = kind.required | kind.optional
    details = {**DEFAULTS.get(provider_type, {}), **_only(given, known)}
    missing = sorted(name for name in kind.required if not details.get(name))
    if missing:
        raise InvalidParameter(f"ProviderDetails of {provider_type} needs {', '.join(missing)}.")
    for name, value in details.items():
        _check_value(name, value)
    _check_scopes(provider_type, kind, details)
    if provider_type == "SAML":
        _check_saml(details)
    if provider_type == "OIDC":
        _check_oidc(details)
    if not _API_VERSION.fullmatch(details.get("api_version", "v1.0")):
        raise InvalidParameter("api_version must be a version such as v17.0.")
    added = {**kind.added(details), **own}
    for name in given.keys() - known:
        if added.get(name) != given[name]:
            raise InvalidParameter(f"{name} cannot be set in ProviderDetails of {provider_type}.")
    return {**details, **added}


def _only(given: Mapping[str, str], known: frozenset[str]) -> Details:
    return {name: value for name, value in given.items() if name in known}


def _check_value(name: str, value: str) -> None:
    if len(value) > (saml_metadata.LONGEST if name == "MetadataFile" else LONGEST_VALUE):
        raise InvalidParameter(f"{name} in ProviderDetails is too long.")
    if not value or (name not in _MULTILINE and not _PRINTABLE.fullmatch(value)):
        raise InvalidParameter(f"{name} in ProviderDetails must be a text in one line.")
    if name in BOOLEANS and value not in ("true", "false"):
        raise InvalidParameter(f"{name} in ProviderDetails must be true or false.")


def _check_scopes(provider_type: str, kind: Kind, details: Details) -> None:
    scopes = set(details.get("authorize_scopes", "").replace(",", " ").split())
    if kind.scopes is not None and not scopes <= kind.scopes:
        raise InvalidParameter(
            f"authorize_scopes of {provider_type} can only be {', '.join(sorted(kind.scopes))}."
        )
    if provider_type == "OIDC" and "openid" not in scopes:
        raise InvalidParameter("authorize_scopes of OIDC must contain openid.")


def _check_oidc(details: Details) -> None:
    if details["attributes_request_method"] not in ("GET", "POST"):
        raise InvalidParameter("attributes_request_method must be GET or POST.")
    for name in _OIDC_URLS:
        if name in details and not web_addresses.is_secure(details[name]):
            raise InvalidParameter(f"{name} must be an https URL.")
    if details["oidc_issuer"].endswith("/") or "?" in details["oidc_issuer"]:
        # OpenID Connect Discovery §4.1: the well-known path is appended to it.
        raise InvalidParameter("oidc_issuer must not end with a slash or have a query.")


def _check_saml(details: Details) -> None:
    if ("MetadataURL" in details) == ("MetadataFile" in details):
        raise InvalidParameter(
            "ProviderDetails of SAML needs either MetadataURL or MetadataFile, not both."
        )
    if "MetadataURL" in details and not web_addresses.is_secure(details["MetadataURL"]):
        raise InvalidParameter("MetadataURL must be an https URL.")
    if details.get("RequestSigningAlgorithm", "rsa-sha256") != "rsa-sha256":
        raise InvalidParameter("RequestSigningAlgorithm can only be rsa-sha256.")
