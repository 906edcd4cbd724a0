"""The pre token generation event and its answer, in its three versions.

Cognito developer guide, "Pre token generation Lambda trigger". V1_0 changes the ID token alone;
V2_0 and V3_0 change both tokens and the scopes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from idp.errors import InvalidLambdaResponse
from idp.user_pools.rules.claims import Customisation, Subject

EVENT_VERSIONS = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}
SIMPLE = (str, int, float, bool)


def request(
    version: str,
    attributes: Mapping[str, str],
    subject: Subject,
    scopes: Sequence[str],
    metadata: Mapping[str, str],
) -> dict[str, Any]:
    """`request` of the event."""
    event: dict[str, Any] = {
        "userAttributes": dict(attributes),
        "groupConfiguration": {
            "groupsToOverride": list(subject.groups),
            "iamRolesToOverride": list(subject.roles),
            "preferredRole": subject.preferred_role,
        },
        "clientMetadata": dict(metadata),
    }
    if version != "V1_0":
        event["scopes"] = list(scopes)
    return event


def machine_request(scopes: Sequence[str], metadata: Mapping[str, str]) -> dict[str, Any]:
    """The same for a client's own token: there is no user, and so nothing to say of one."""
    return request("V3_0", {}, Subject("", "", {}), scopes, metadata)


def empty_response(version: str) -> dict[str, Any]:
    """`response` of the event, for the function to fill."""
    name = "claimsOverrideDetails" if version == "V1_0" else "claimsAndScopeOverrideDetails"
    return {name: None}


def read(version: str, response: Mapping[str, Any]) -> Customisation:
    """What the function asks for. Raises `InvalidLambdaResponse` for any other form."""
    try:
        return _read_v1(response) if version == "V1_0" else _read_v2(response)
    except (AttributeError, TypeError, ValueError):
        raise InvalidLambdaResponse from None


def _read_v1(response: Mapping[str, Any]) -> Customisation:
    details = response.get("claimsOverrideDetails") or {}
    groups = _groups(details)
    added = details.get("claimsToAddOrOverride") or {}
    if not all(isinstance(value, str) for value in added.values()):
        raise ValueError("claims of the first version are texts")
    return Customisation(
        id_claims=dict(added),
        id_suppressed=_names(details.get("claimsToSuppress")),
        **groups,
    )


def _read_v2(response: Mapping[str, Any]) -> Customisation:
    details = response.get("claimsAndScopeOverrideDetails") or {}
    identity = details.get("idTokenGeneration") or {}
    access = details.get("accessTokenGeneration") or {}
    return Customisation(
        id_claims=_claims(identity),
        id_suppressed=_names(identity.get("claimsToSuppress")),
        access_claims=_claims(access),
        access_suppressed=_names(access.get("claimsToSuppress")),
        scopes_added=tuple(sorted(_scopes(access.get("scopesToAdd")))),
        scopes_suppressed=_scopes(access.get("scopesToSuppress")),
        **_groups(details),
    )


def _claims(token: Mapping[str, Any]) -> dict[str, Any]:
    claims = token.get("claimsToAddOrOverride") or {}
    if not all(isinstance(value, (*SIMPLE, list, dict)) for value in claims.values()):
        raise ValueError("not a claim")
    return dict(claims)


def _scopes(value: Any) -> frozenset[str]:
    scopes = _names(value)
    if any(not scope or " " in scope for scope in scopes):
        raise ValueError("a scope is one word")
    return scopes


def _names(value: Any) -> frozenset[str]:
    return frozenset(_listed(value))


def _listed(value: Any) -> tuple[str, ...]:
    names = tuple(value or ())
    if not isinstance(value, list | None) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    return names


def _groups(details: Mapping[str, Any]) -> dict[str, Any]:
    """The group settings, where the function returns them at all."""
    given = details.get("groupOverrideDetails")
    if not given:
        return {}
    return {
        "groups": _listed(given.get("groupsToOverride")),
        "roles": _listed(given.get("iamRolesToOverride")),
        "preferred_role": _role(given.get("preferredRole")),
    }


def _role(value: Any) -> str | None:
    if not isinstance(value, str | None):
        raise ValueError("not a role")
    return value or None
