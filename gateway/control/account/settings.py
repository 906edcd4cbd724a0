"""The settings of an account in one region: its throttle, and the role that logs would need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.models import ACCOUNT_SETTINGS, AccountPart
from gateway.control.account.patch_rules import Limit, Removed
from gateway.control.credentials import account_of_role
from gateway.control.rest.patching import Document, Member, Patch, Patches, Rule
from kernel.aws.operations import Call, Input, Output

ONLY_ID = "settings"
USAGE_PLANS = "UsagePlans"


class _Feature(Rule):
    """`/features`: usage plans are always on, and there is no other feature."""

    ops = ("add",)

    def apply(self, document: Document, patch: Patch) -> None:  # noqa: ARG002 - it is always there
        if patch.text() != USAGE_PLANS:
            raise patch.refused(f"the only feature is {USAGE_PLANS}")


def _read_role(patch: Patch) -> str:
    if patch.text() and account_of_role(patch.text()) is None:
        raise patch.refused("it must be the ARN of a role")
    return patch.text()


# On AWS the throttle of an account is raised by support; here whoever may patch it is support.
PATCHES = Patches(
    Member("/cloudwatchRoleArn", _read_role, removable=True),
    _Feature("/features"),
    Removed("/throttleSettings"),
    Limit("/throttleSettings/rateLimit"),
    Limit("/throttleSettings/burstLimit"),
)


def find(session: Session, call: Call, *, lock: bool = False) -> AccountPart | None:
    """The settings of the account and region; None before any is set."""
    key = (call.account, call.region, ACCOUNT_SETTINGS, ONLY_ID)
    return session.get(AccountPart, key, with_for_update=lock or None)


def update(session: Session, call: Call, request: Input) -> Document:
    """Change the settings by patch operations. Raises `Invalid`."""
    row = find(session, call, lock=True)
    document = PATCHES.apply(row.document if row else {}, request)
    if not document.get("cloudwatchRoleArn"):
        document.pop("cloudwatchRoleArn", None)
    if row is None:
        row = AccountPart(
            account=call.account,
            region=call.region,
            kind=ACCOUNT_SETTINGS,
            id=ONLY_ID,
            created=call.kernel.clock.now(),
        )
        session.add(row)
    row.document = document
    return document


def throttle_settings(document: Mapping[str, Any]) -> Document:
    """The limits of an account; what it does not set is AWS's."""
    default = {
        "burstLimit": quotas.ACCOUNT_BURST,
        "rateLimit": quotas.ACCOUNT_REQUESTS_PER_SECOND,
    }
    return {**default, **document.get("throttleSettings", {})}


def present(document: Mapping[str, Any]) -> Output:
    """The account as AWS shows it."""
    role = document.get("cloudwatchRoleArn")
    return {
        **({"cloudwatchRoleArn": role} if role else {}),
        "throttleSettings": throttle_settings(document),
        "features": [USAGE_PLANS],
        "apiKeyVersion": "4",
    }
