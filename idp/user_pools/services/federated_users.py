"""The user whom an identity at another provider stands for: found, made, or brought up to date.

Cognito developer guide, "Adding user pool sign-in through a third party" and "Linking federated
users to an existing user profile".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from idp.errors import GroupNotFound, InvalidLambdaResponse, UserDisabled
from idp.models import LinkedIdentity, User, UserPool
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import attributes, federated_attributes
from idp.user_pools.rules.provider_identities import LONGEST_VALUE, SUBJECT
from idp.user_pools.rules.trigger_events import pre_sign_up_request, read_pre_sign_up
from idp.user_pools.rules.usernames import ADDRESSES, new_user_id
from idp.user_pools.services import (
    groups,
    linked_identities,
    registration,
    triggers,
    users,
    verified_email_links,
)
from idp.user_pools.services.registration import NewUser
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.triggers import TriggerEvent
from idp.user_pools.services.upstream import Upstream, UpstreamFailed, UpstreamIdentity
from kernel.runtime import Kernel

SOURCE = "PreSignUp_ExternalProvider"


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes from another provider."""

    upstream: Upstream
    subject: str
    attributes: Mapping[str, str]

    @property
    def username(self) -> str:
        return f"{self.upstream.name}_{self.subject}"


def admit(
    kernel: Kernel, context: ClientContext, upstream: Upstream, identity: UpstreamIdentity
) -> User:
    """The user, who may sign in now.

    Raises `UpstreamFailed`, `UserDisabled`, what the pool's functions raise, and `InvalidParameter`
    for attributes that do not conform.
    """
    arrival = _arrival(kernel, context, upstream, identity)
    known = kernel.database.read(_find, context.pool, arrival)
    if known is None:
        linked = _linked_by_address(kernel, context, identity, arrival)
        return linked or _welcome(kernel, context, arrival)
    if not known.enabled:
        raise UserDisabled
    if known.username != arrival.username:
        # A local user whom the identity is linked to keeps the attributes that are his own.
        return known
    return kernel.database.write(_update, context.pool, known.id, arrival, kernel.clock.now())


def _arrival(
    kernel: Kernel, context: ClientContext, upstream: Upstream, identity: UpstreamIdentity
) -> Arrival:
    subject = identity.subject
    if not subject or len(subject.encode()) > LONGEST_VALUE or not attributes.is_storable(subject):
        raise UpstreamFailed("The identity provider names the person in no usable way.")
    found = federated_attributes.mapped(upstream.mapping, identity.claims)
    found = _inbound(kernel, context, upstream, identity, found)
    return Arrival(upstream, subject, federated_attributes.with_flags(found))


def _inbound(
    kernel: Kernel,
    context: ClientContext,
    upstream: Upstream,
    identity: UpstreamIdentity,
    found: dict[str, str],
) -> dict[str, str]:
    """What the InboundFederation function makes of the claims; an empty answer keeps them. Its
    answer has claims, which are mapped as the provider's own would be. It renames nobody."""
    evidence = {
        source: {name: federated_attributes.as_text(value) for name, value in claims.items()}
        for source, claims in identity.evidence.items()
    }
    event = TriggerEvent(
        "InboundFederation",
        "InboundFederation_ExternalProvider",
        f"{upstream.name}_{identity.subject}",
        {
            "providerName": upstream.name,
            "providerType": upstream.type,
            "attributes": evidence,
        },
        {"userAttributesToMap": {}},
        context.client.id,
    )
    response = triggers.fire(kernel, context.pool, event)
    if response is None:
        return found
    chosen = response.get("userAttributesToMap") or {}
    if not isinstance(chosen, dict):
        raise InvalidLambdaResponse
    return federated_attributes.mapped(upstream.mapping, chosen) if chosen else found


def _find(session: Session, pool: UserPool, arrival: Arrival) -> User | None:
    """The user that an administrator linked the identity to, else the one who came before."""
    for attribute, value in _names_of(arrival):
        row = session.get(LinkedIdentity, (pool.id, arrival.upstream.name, attribute, value))
        if row is not None:
            return users.by_id(session, row.user_id)
    user = users.find_by_sign_in_name(session, pool, arrival.username)
    return user if user is not None and _came_from(user, arrival) else None


def _linked_by_address(
    kernel: Kernel, context: ClientContext, identity: UpstreamIdentity, arrival: Arrival
) -> User | None:
    email = verified_email_links.address(context, arrival.upstream, identity)
    return kernel.database.write(_link, kernel, context.pool, arrival, email) if email else None


def _link(
    session: Session, kernel: Kernel, pool: UserPool, arrival: Arrival, email: str
) -> User | None:
    present = _find(session, pool, arrival)  # by another request of the same person
    name = arrival.upstream.name
    return present or verified_email_links.link(session, kernel, pool, name, arrival.subject, email)


def _names_of(arrival: Arrival) -> list[tuple[str, str]]:
    return [(SUBJECT, arrival.subject), *arrival.attributes.items()]


def _came_from(user: User, arrival: Arrival) -> bool:
    """Not a local user who called himself as such people are called."""
    return any(
        entry.get("primary") is True
        and entry["providerName"] == arrival.upstream.name
        and entry["userId"] == arrival.subject
        for entry in orjson.loads(user.attributes.get(linked_identities.ATTRIBUTE, "[]"))
    )


def _welcome(kernel: Kernel, context: ClientContext, arrival: Arrival) -> User:
    """A person's first sign-in, which signs him up."""
    pool, client_id = context.pool, context.client.id
    response = triggers.pre_sign_up(
        kernel,
        pool,
        SOURCE,
        arrival.username,
        pre_sign_up_request(arrival.attributes, {}, {}),
        client_id,
    )
    given = dict(arrival.attributes)
    if response is not None:
        decision = read_pre_sign_up(response, given)
        flags = {"email": decision.verify_email, "phone_number": decision.verify_phone_number}
        given |= {f"{address}_verified": "true" for address, is_set in flags.items() if is_set}
    stored = attributes.new_attributes(pool.schema, given, writable=None, require_all=True)
    new = NewUser(new_user_id(kernel.randomness.bytes(16)), arrival.username, stored)
    user = kernel.database.write(_store, kernel, pool, new, arrival)
    triggers.post_confirmation(kernel, pool, "PostConfirmation_ConfirmSignUp", user, {}, client_id)
    return user


def _store(
    session: Session, kernel: Kernel, pool: UserPool, new: NewUser, arrival: Arrival
) -> User:
    now = kernel.clock.now()
    present = _find(session, pool, arrival)
    if present is not None:  # by another request of the same person
        return present
    identity = _identity(arrival, now)
    complete = NewUser(
        new.id,
        new.username,
        {
            **attributes.without_empty(new.attributes),
            linked_identities.ATTRIBUTE: orjson.dumps([identity]).decode(),
        },
    )
    user = registration.store(session, kernel, pool, complete, EXTERNAL_PROVIDER, None)
    name = f"{pool.id}_{arrival.upstream.name}"
    try:
        group = groups.require(session, pool, name)
    except GroupNotFound:
        description = "Autogenerated group for users who sign in using " + arrival.upstream.name
        request = {"GroupName": name, "Description": description}
        group = groups.create(session, kernel, pool, request)
        session.flush()
    groups.add_member(session, kernel, group, user)
    return user


def _identity(arrival: Arrival, now: datetime) -> dict[str, Any]:
    """An entry of the attribute `identities`."""
    return {
        "userId": arrival.subject,
        "providerName": arrival.upstream.name,
        "providerType": arrival.upstream.type,
        "issuer": None,
        "primary": True,
        "dateCreated": int(now.timestamp() * 1000),
    }


def _update(
    session: Session, pool: UserPool, user_id: str, arrival: Arrival, now: datetime
) -> User:
    """ "Amazon Cognito updates the mapped attributes each time that the user signs in"."""
    user = users.by_id(session, user_id, to_change=True)
    if not user.enabled:
        raise UserDisabled
    present = user.attributes
    changes = {n: v for n, v in arrival.attributes.items() if present.get(n, "") != v}
    # An address that an administrator verified stays so for as long as it is the same.
    for address in ADDRESSES:
        flag = f"{address}_verified"
        if address not in changes and flag not in arrival.upstream.mapping:
            changes.pop(flag, None)
    if not changes:
        return user
    stored = attributes.changed_attributes(pool.schema, changes)
    user.attributes = attributes.without_empty({**present, **stored})
    user.modified = now
    users.index(session, pool, user)
    return user
