"""How a pool takes people from a company's directory (SCIM), as the operator configures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules.documented_settings import Check, WrongSetting, flag, one_of, read
from idp.user_pools.rules.provider_identities import LOCAL, LONGEST_VALUE, SUBJECT, ProviderIdentity

EXTERNAL_ID, USERNAME, EMAIL = "externalId", "userName", "email"
LONGEST_NAME = 32
"""ProviderNameType."""


@dataclass(frozen=True)
class Provisioning:
    """A pool's settings, checked. The defaults are those of a pool that has none."""

    everybody: bool = False
    """Whether the directory changes users and groups that it has not made. What it changes is its
    own from then on."""
    addresses_are_verified: bool = False
    """Whether the directory's word makes an e-mail address or phone number the person's own."""
    invites: bool = False
    """Whether a new person gets the invitation of AdminCreateUser, with a temporary password."""
    passwords: bool = True
    """Whether the directory sets passwords. Okta makes one up for each new user otherwise."""
    provider: str | None = None
    """The pool's identity provider at which the same people sign in."""
    attribute: str = SUBJECT
    """What that provider calls them by: Cognito_Subject, or an attribute of its mapping."""
    value: str = EXTERNAL_ID
    """What of the provisioned user that is: `externalId`, `userName` or `email`."""

    @property
    def takes_passwords(self) -> bool:
        """People who sign in at a provider get no password of the pool's beside it."""
        return self.passwords and self.provider is None

    def identity(self, external_id: str | None, name: str, email: str) -> ProviderIdentity | None:
        """Who the person is at the provider; None where the pool or the person has none.

        Raises `InvalidParameter` for a value that no link can hold.
        """
        value = {EXTERNAL_ID: external_id, USERNAME: name, EMAIL: email}[self.value]
        if self.provider is None or not value:
            return None
        if len(value.encode()) > LONGEST_VALUE:
            raise InvalidParameter(f"{self.value} is too long to link the user by.")
        return ProviderIdentity(self.provider, self.attribute, value)


NO_PROVISIONING = Provisioning()


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or value == LOCAL:
        raise ValueError("must be the name of an identity provider")
    return value


def _attribute(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise ValueError(f"must be {SUBJECT} or an attribute's name")
    return value


CHECKS: Mapping[str, Check] = {
    "everybody": flag,
    "addresses_are_verified": flag,
    "invites": flag,
    "passwords": flag,
    "provider": _name,
    "attribute": _attribute,
    "value": one_of(EXTERNAL_ID, USERNAME, EMAIL),
}


def check(value: Any) -> Provisioning:
    """An object with some of these members. Raises `ValueError`."""
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    try:
        settings = read(value, CHECKS, Provisioning)
    except WrongSetting as wrong:
        raise ValueError(f"is wrong: {str(wrong).rstrip('.')}") from None
    if settings.provider is None and value.keys() & {"attribute", "value"}:
        raise ValueError("needs a provider for attribute and value")
    if settings.provider is not None and settings.invites:
        raise ValueError("must not invite people who sign in at another provider")
    return settings


def without_provider(document: Mapping[str, Any]) -> dict[str, Any]:
    """The setting once its provider is deleted. People who signed in there had no password of the
    pool's, and its end is no reason for the directory to set one."""
    of_provider = {"provider", "attribute", "value"}
    kept = {name: value for name, value in document.items() if name not in of_provider}
    return {**kept, "passwords": False}
