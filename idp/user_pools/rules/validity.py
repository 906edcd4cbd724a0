"""How long tokens and sessions of an app client live (CreateUserPoolClient).

Access and ID tokens live from 5 minutes to 1 day, refresh tokens from 60 minutes to 3,650 days
(0 means 30 days); access and ID tokens never longer than the refresh token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.errors import InvalidParameter

_UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
_DEFAULT_UNITS = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
_DEFAULTS = {
    "AccessToken": timedelta(hours=1),
    "IdToken": timedelta(hours=1),
    "RefreshToken": timedelta(days=30),
}
_RANGES = {
    "AccessToken": (timedelta(minutes=5), timedelta(days=1)),
    "IdToken": (timedelta(minutes=5), timedelta(days=1)),
    "RefreshToken": (timedelta(minutes=60), timedelta(days=3650)),
}
DEFAULT_REFRESH_TOKEN_DAYS = 30
LONGEST_TOKEN_LIFE = timedelta(days=1)
"""No access or ID token lives longer (CreateUserPoolClient, AccessTokenValidity)."""
SESSION_MINUTES = (3, 15)


@dataclass(frozen=True)
class TokenLifetimes:
    """What a client's settings come to."""

    access: timedelta
    id: timedelta
    refresh: timedelta
    session: timedelta


def token_validity(given: Mapping[str, Any]) -> dict[str, Any]:
    """The members about validity that a client's settings get. Raises `InvalidParameter`.

    Access and ID validity stay out where they were not given, as AWS leaves them; units are
    completed as soon as one is named.
    """
    settings = {
        "RefreshTokenValidity": given.get("RefreshTokenValidity") or DEFAULT_REFRESH_TOKEN_DAYS,
        "AuthSessionValidity": given.get("AuthSessionValidity", SESSION_MINUTES[0]),
    }
    units = dict(given.get("TokenValidityUnits", {}))
    if not given.get("RefreshTokenValidity"):
        # "You can't set RefreshTokenValidity to 0. If you do, Amazon Cognito overrides the value
        # with the default value of 30 days", whatever the unit.
        units.pop("RefreshToken", None)
    for name in ("AccessTokenValidity", "IdTokenValidity"):
        if name in given:
            settings[name] = given[name]
    if given.get("TokenValidityUnits"):
        settings["TokenValidityUnits"] = {**_DEFAULT_UNITS, **units}
    lifetimes(settings)
    return settings


def lifetimes(settings: Mapping[str, Any]) -> TokenLifetimes:
    """The durations that a client's settings name. Raises `InvalidParameter` beyond the ranges."""
    access, identity, refresh = (
        _duration(settings, token) for token in ("AccessToken", "IdToken", "RefreshToken")
    )
    if max(access, identity) > refresh:
        raise InvalidParameter(
            "Invalid range for token validity: access and ID tokens must not outlive the refresh "
            "token."
        )
    minutes = settings.get("AuthSessionValidity", SESSION_MINUTES[0])
    if not SESSION_MINUTES[0] <= minutes <= SESSION_MINUTES[1]:
        raise InvalidParameter("AuthSessionValidity must be from 3 to 15 minutes.")
    return TokenLifetimes(access, identity, refresh, timedelta(minutes=minutes))


def _duration(settings: Mapping[str, Any], token: str) -> timedelta:
    value: int | None = settings.get(f"{token}Validity")
    if value is None:
        return _DEFAULTS[token]
    unit = settings.get("TokenValidityUnits", {}).get(token, _DEFAULT_UNITS[token])
    least, most = _RANGES[token]
    # Compared as whole numbers first: a million years do not fit into a timedelta.
    if value > most // _UNITS[unit] or value * _UNITS[unit] < least:
        raise InvalidParameter("Invalid range for token validity.")
    return value * _UNITS[unit]
