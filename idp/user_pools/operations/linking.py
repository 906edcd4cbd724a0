"""AdminLinkProviderForUser and AdminDisableProviderForUser."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import User, UserPool
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import provider_identities
from idp.user_pools.rules.provider_identities import LOCAL, SUBJECT, ProviderIdentity
from idp.user_pools.services import identity_providers, linked_identities, pools, users
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("AdminLinkProviderForUser")
def admin_link_provider_for_user(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    source = provider_identities.parse(request["SourceUser"], "SourceUser")
    if source.provider == LOCAL:
        raise InvalidParameter(
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a "
            "SourceUser, only as a DestinationUser"
        )
    _check_provider(session, pool, source, "SourceUser")
    destination = provider_identities.parse(request["DestinationUser"], "DestinationUser")
    linked_identities.link(
        session, call.kernel, pool, _destination(session, pool, destination), source
    )
    return {}


@family.writes("AdminDisableProviderForUser")
def admin_disable_provider_for_user(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    identity = provider_identities.parse(request["User"], "User")
    if identity.provider != LOCAL:
        _check_provider(session, pool, identity, "User")
        linked_identities.unlink(session, call.kernel, pool, identity)
        return {}
    if identity.attribute != SUBJECT:
        raise InvalidParameter(f"ProviderAttributeName of User must be {SUBJECT}.")
    linked_identities.disable_password(session, pool, identity.value, call.kernel.clock.now())
    return {}


def _destination(session: Session, pool: UserPool, identity: ProviderIdentity) -> User:
    """ "The ProviderAttributeName of the DestinationUser is ignored." """
    if identity.provider == LOCAL:
        return users.require(session, pool, identity.value, to_change=True)
    identity_providers.require(session, pool, identity.provider)
    subject = ProviderIdentity(identity.provider, SUBJECT, identity.value)
    return linked_identities.owner(session, pool, subject)


def _check_provider(
    session: Session, pool: UserPool, identity: ProviderIdentity, what: str
) -> None:
    provider = identity_providers.require(session, pool, identity.provider).document
    mapped = provider["AttributeMapping"]
    provider_identities.check_source(identity, provider["ProviderType"], mapped, what)
