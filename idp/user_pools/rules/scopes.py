"""The scopes that every pool has, and the attributes that they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SIGN_IN_SCOPE = "aws.cognito.signin.user.admin"

# OIDC Core §5.4: which claims a scope asks for. `openid` alone gives them all in Cognito.
ATTRIBUTES_OF_SCOPE: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
    "profile": frozenset(
        {
            "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username",
            "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale",
            "address", "updated_at",
        }
    ),
}  # read as a list  # fmt: skip
STANDARD_SCOPES = frozenset({"openid", SIGN_IN_SCOPE, *ATTRIBUTES_OF_SCOPE})


def requested_attributes(scopes: Sequence[str]) -> frozenset[str] | None:
    """The attributes that scopes ask for; None means every one.

    A sign-in through the API, and `openid` without a narrower scope, ask for all of them
    (Cognito developer guide, "Scopes, M2M, and resource servers").
    """
    narrower = [ATTRIBUTES_OF_SCOPE[scope] for scope in scopes if scope in ATTRIBUTES_OF_SCOPE]
    if SIGN_IN_SCOPE in scopes or ("openid" in scopes and not narrower):
        return None
    return frozenset().union(*narrower)
