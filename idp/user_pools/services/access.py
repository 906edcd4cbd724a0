"""The access token that authorises a person's own operations (GetUser, ChangePassword, ...)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import (
    AccessTokenExpired,
    AccessTokenLacksScope,
    AccessTokenRevoked,
    InvalidAccessToken,
    UserDisabled,
    UserNotFound,
)
from idp.models import RefreshFamily, User
from idp.user_pools.rules.scopes import SIGN_IN_SCOPE
from idp.user_pools.services import quick_reads, subjects
from idp.user_pools.services.issuers import pool_of_issuer
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Rows
from kernel.tokens import confirmation
from kernel.tokens.confirmation import NOTHING, Confirmation
from kernel.tokens.errors import Expired, InvalidToken, Revoked
from kernel.tokens.verification import Verifier


@dataclass(frozen=True)
class Owner:
    """A signed-in user, and the client that he signed in with: what his own operations ask for,
    whether he comes with a token or is at the account page."""

    context: ClientContext
    user: User


@dataclass(frozen=True)
class Person(Owner):
    """Who comes with an access token."""

    family: RefreshFamily
    claims: Mapping[str, Any]


def verify(
    kernel: Kernel, token: str, scope: str = SIGN_IN_SCOPE, proven: Confirmation = NOTHING
) -> Mapping[str, Any]:
    """The claims of an access token of one of our pools that carries `scope`, in the hands of
    somebody who has what it is bound to. A token that is bound is no bearer token (RFC 9449 §7.1).

    Raises `InvalidAccessToken` or one of its kinds.
    """
    try:
        claims = kernel.of(Verifier).verify(token)
    except Expired:
        raise AccessTokenExpired from None
    except Revoked:
        raise AccessTokenRevoked from None
    except InvalidToken:
        raise InvalidAccessToken from None
    if claims.get("token_use") != "access":
        raise InvalidAccessToken
    if not confirmation.is_met(claims.get("cnf", NOTHING), proven):
        raise InvalidAccessToken
    if pool_of_issuer(kernel.settings, claims["iss"]) is None or "origin_jti" not in claims:
        raise InvalidAccessToken
    if scope not in str(claims.get("scope", "")).split():
        raise AccessTokenLacksScope
    return claims


def load(rows: Rows, kernel: Kernel, claims: Mapping[str, Any]) -> Person:
    """The person behind verified claims, as the database has them now.

    The sign-in is looked up again, so that revoking it takes effect at once, in every worker.
    Raises `AccessTokenRevoked`, `UserDisabled`, `UserNotFound`.
    """
    found = quick_reads.family_and_user(rows, claims["origin_jti"])
    if found is None:
        raise UserNotFound
    family, user = found
    if family.revoked is not None:
        raise AccessTokenRevoked
    if not user.enabled:
        raise UserDisabled
    context = subjects.load_client(rows, kernel, family.client_id)
    return Person(context, user, family, claims)


def authenticate(kernel: Kernel, token: str) -> Person:
    """`verify` and `load` in one."""
    return kernel.database.look_up(load, kernel, verify(kernel, token))
