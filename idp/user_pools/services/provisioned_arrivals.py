"""New users of a company's directory: what AdminCreateUser does, in silence unless the pool invites
them."""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from idp.errors import CodeDeliveryFailure
from idp.models import User, UserPool
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import first_factors, passwords, usernames
from idp.user_pools.rules.provider_identities import ProviderIdentity
from idp.user_pools.rules.provisioning import Provisioning
from idp.user_pools.rules.trigger_events import pre_sign_up_request
from idp.user_pools.services import (
    credentials,
    invitations,
    pools,
    provisioned_links,
    provisioned_users,
    registration,
    triggers,
    users,
)
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.provisioned_users import Wanted
from idp.user_pools.services.registration import NewUser
from kernel.runtime import Kernel

MEDIUMS = ("EMAIL", "SMS")

log = structlog.get_logger("poolgate.scim")


def create(kernel: Kernel, pool: UserPool, settings: Provisioning, wanted: Wanted) -> str:
    """Make the user, and answer the `sub`.

    Raises `UsernameExists`, `AliasExists`, `InvalidParameter`, `InvalidPassword`, `LimitExceeded`,
    and what PreSignUp raises.
    """
    provisioned_users.check_kept(wanted)
    given = {name: value for name, value in wanted.attributes.items() if value}
    new = registration.prepare(kernel, pool, wanted.name, given, writable=None, require_all=False)
    new = _with_flags(new, settings)
    identity = provisioned_users.identity(settings, wanted, new.attributes)
    kernel.database.look_up(registration.check_free, pool, new)
    request = pre_sign_up_request(new.attributes, {}, {})
    triggers.pre_sign_up(kernel, pool, "PreSignUp_AdminCreateUser", new.username, request)
    status, password = _beginning(kernel, pool, settings, new, wanted, identity)
    credential = (
        None if password is None else credentials.make(kernel, pool, new.username, password)
    )
    user = kernel.database.write(_store, kernel, pool, new, status, credential, wanted, identity)
    if status == "FORCE_CHANGE_PASSWORD" and password and user.enabled:
        _invite(kernel, pool, user, password)
    return user.id


def _beginning(
    kernel: Kernel,
    pool: UserPool,
    settings: Provisioning,
    new: NewUser,
    wanted: Wanted,
    identity: ProviderIdentity | None,
) -> tuple[str, str | None]:
    """A new user's state and password.

    Without a password people are as those of a CSV file, who set one by the code that is sent to a
    verified address; unless they sign in elsewhere, where no code shall make a way around it.
    """
    if wanted.password is not None:
        passwords.check_password_policy(pools.password_policy(pool), wanted.password)
        return "CONFIRMED", wanted.password
    if identity is not None:
        return EXTERNAL_PROVIDER, None
    if first_factors.can_be_passwordless(
        pool.settings, first_factors.verified_addresses(new.attributes)
    ):
        return "CONFIRMED", None
    if settings.invites:
        return "FORCE_CHANGE_PASSWORD", invitations.temporary_password(kernel, pool, None)
    return "RESET_REQUIRED", None


def _with_flags(new: NewUser, settings: Provisioning) -> NewUser:
    flag = "true" if settings.addresses_are_verified else "false"
    flags = {f"{kind}_verified": flag for kind in usernames.ADDRESSES if kind in new.attributes}
    return replace(new, attributes={**new.attributes, **flags})


def _store(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    new: NewUser,
    status: str,
    credential: Credential | None,
    wanted: Wanted,
    identity: ProviderIdentity | None,
) -> User:
    user = registration.store(session, kernel, pool, new, status, credential)
    if wanted.enabled is False:
        user.enabled = False
        users.index(session, pool, user)
    provisioned_users.keep(session, pool.id, user.id, wanted, identity, kernel.clock.now())
    if identity is not None:
        provisioned_links.link(session, kernel, pool, user, identity)
    session.flush()
    return user


def _invite(kernel: Kernel, pool: UserPool, user: User, password: str) -> None:
    """The user is there, whatever becomes of the message: RESEND of AdminCreateUser repeats it."""
    try:
        invitations.send(kernel, pool, user, password, MEDIUMS, {})
    except CodeDeliveryFailure as error:
        log.warning("invitation_failed", user=user.id, reason=error.message)
