"""Requests and answers of the UserMigration trigger.

Cognito developer guide, "Migrate user Lambda trigger". What has another form than the guide's
raises `InvalidLambdaResponse`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidLambdaResponse
from idp.user_pools.rules.trigger_events import Texts, flag

STATUSES = frozenset({"CONFIRMED", "RESET_REQUIRED"})
MEDIUMS = frozenset({"EMAIL", "SMS"})

RESPONSE: Mapping[str, Any] = {
    "userAttributes": None,
    "finalUserStatus": None,
    "messageAction": None,
    "desiredDeliveryMediums": None,
    "forceAliasCreation": None,
    "enableSMSMFA": None,
}


@dataclass(frozen=True)
class Migrated:
    """The user as the function knows him."""

    attributes: Texts
    username: str | None
    """Where he signed in by an alias: the name that he is to have."""
    status: str
    welcomes: bool
    mediums: Sequence[str]
    takes_over_aliases: bool
    enables_sms: bool


def request(password: str | None, validation_data: Texts, metadata: Texts) -> dict[str, Any]:
    """`UserMigration_Authentication`, and `UserMigration_ForgotPassword`, which has no password."""
    given: dict[str, Any] = {} if password is None else {"password": password}
    return {**given, "validationData": dict(validation_data), "clientMetadata": dict(metadata)}


def read(response: Mapping[str, Any], default_status: str) -> Migrated:
    """Whom the function describes. Without attributes it describes nobody."""
    given = response.get("userAttributes")
    if not isinstance(given, dict) or not given:
        raise InvalidLambdaResponse
    if not all(isinstance(value, str) for value in given.values()):
        raise InvalidLambdaResponse
    attributes = {name: value for name, value in given.items() if name != "username"}
    return Migrated(
        attributes,
        given.get("username"),
        _one_of(response, "finalUserStatus", STATUSES) or default_status,
        welcomes=_one_of(response, "messageAction", frozenset({"SUPPRESS"})) is None,
        mediums=_mediums(response),
        takes_over_aliases=flag(response, "forceAliasCreation"),
        enables_sms=flag(response, "enableSMSMFA"),
    )


def _one_of(response: Mapping[str, Any], name: str, values: frozenset[str]) -> str | None:
    value = response.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value not in values:
        raise InvalidLambdaResponse
    return value


def _mediums(response: Mapping[str, Any]) -> Sequence[str]:
    """Where a welcome goes: by SMS where the function does not say, as for AdminCreateUser."""
    value = response.get("desiredDeliveryMediums")
    if value is None:
        return ("SMS",)
    if not isinstance(value, list) or not all(each in MEDIUMS for each in value if each):
        raise InvalidLambdaResponse
    return tuple(value)
